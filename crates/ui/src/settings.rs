//! How the pages look and where they may be shown.

/// What the operator decides about the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UiSettings {
    /// Where people reach the pages; `https` makes cookies secure.
    pub public_url: String,
    /// The product's name at the top of each page.
    pub name: String,
    /// The accent colour on light and on dark ground, as CSS writes colours; ours where it is not said.
    pub accent: Option<Accent>,
    /// A picture beside the name.
    pub logo: Option<Logo>,
    /// Origins whose pages may show ours inside of theirs.
    pub frame_ancestors: Vec<String>,
}

/// A colour for what can be pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accent {
    /// `#rrggbb` on light ground.
    pub light: String,
    /// `#rrggbb` on dark ground.
    pub dark: String,
}

/// A picture as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// `image/svg+xml`, `image/png` …
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Default for UiSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8071".to_owned(),
            name: "Webhooks".to_owned(),
            accent: None,
            logo: None,
            frame_ancestors: Vec::new(),
        }
    }
}

impl UiSettings {
    /// Whether people come over TLS.
    pub(crate) fn over_tls(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whether pages of other origins show ours inside of theirs.
    pub(crate) fn is_embedded(&self) -> bool {
        !self.frame_ancestors.is_empty()
    }
}
