//! Who answers which path: programs ask the API, people the pages. The API comes first, since nearly all ask for it.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::routing::future::RouteFuture;
use http::Request;
use tower::Service;

/// The first parts of the paths that the API answers.
const OF_API: [&str; 5] = ["api", "v1", "content-store-v1", "docs", "metrics"];

/// The API and the pages at one address.
#[derive(Clone)]
pub(crate) struct Faces {
    pub(crate) api: Router,
    pub(crate) pages: Router,
}

impl<B> Service<Request<B>> for Faces
where
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let face = if is_of_api(request.uri().path()) { &mut self.api } else { &mut self.pages };
        face.call(request.map(Body::new))
    }
}

fn is_of_api(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    OF_API.contains(&first)
}
