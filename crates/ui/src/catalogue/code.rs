//! Code that verifies and handles an event, in the languages that Standard Webhooks publishes a verifier for.

use wirepost_model::event_type::EventType;

/// Where a program hands the event on.
const HANDLE: &str = "HANDLE";
/// Members of payloads by which programs tell one event from another.
const TELLING: [&str; 2] = ["eventType", "type"];

/// A program in one language.
pub(crate) struct Code {
    pub(crate) language: &'static str,
    pub(crate) text: String,
}

/// A language, a program in it, and the line that hands on what `MEMBER` tells to be `NAME`.
struct Sample {
    language: &'static str,
    program: &'static str,
    /// The line where the payload tells its event.
    told: &'static str,
    /// The line where it does not.
    untold: &'static str,
}

const SAMPLES: [Sample; 8] = [
    Sample {
        language: "JavaScript",
        program: include_str!("../../snippets/receive.js"),
        told: "if (event.MEMBER === \"NAME\") await handle(event);",
        untold: "await handle(event);",
    },
    Sample {
        language: "Python",
        program: include_str!("../../snippets/receive.py"),
        told: "if event[\"MEMBER\"] == \"NAME\":\n        handle(event)",
        untold: "handle(event)",
    },
    Sample {
        language: "Go",
        program: include_str!("../../snippets/receive.go"),
        told: "if event[\"MEMBER\"] == \"NAME\" {\n            handle(event)\n        }",
        untold: "handle(event)",
    },
    Sample {
        language: "Java",
        program: include_str!("../../snippets/Receive.java"),
        told: "if (event.path(\"MEMBER\").asText().equals(\"NAME\")) handle(event);",
        untold: "handle(event);",
    },
    Sample {
        language: "C#",
        program: include_str!("../../snippets/Receive.cs"),
        told: "if (received.GetProperty(\"MEMBER\").GetString() == \"NAME\") Handle(received);",
        untold: "Handle(received);",
    },
    Sample {
        language: "PHP",
        program: include_str!("../../snippets/receive.php"),
        told: "if ($event['MEMBER'] === 'NAME') {\n    handle($event);\n}",
        untold: "handle($event);",
    },
    Sample {
        language: "Ruby",
        program: include_str!("../../snippets/receive.rb"),
        told: "handle(event) if event[\"MEMBER\"] == \"NAME\"",
        untold: "handle(event)",
    },
    Sample {
        language: "Rust",
        program: include_str!("../../snippets/receive.rs.txt"),
        told: "if event[\"MEMBER\"] == \"NAME\" {\n        handle(event).await;\n    }",
        untold: "handle(event).await;",
    },
];

/// Programs that receive events of this type. Names of event types hold nothing that ends a text in any language.
pub(crate) fn programs_for(event_type: &EventType) -> Vec<Code> {
    let name = event_type.name.as_str();
    let example = event_type.example();
    let tells = |member: &&str| example.and_then(|example| example.get(member)?.as_str()) == Some(name);
    let member = TELLING.into_iter().find(tells);
    let code = |sample: &Sample| {
        let line = match member {
            Some(member) => sample.told.replace("MEMBER", member).replace("NAME", name),
            None => sample.untold.to_owned(),
        };
        let text = sample.program.replace(HANDLE, &line);
        // Go is written with tabs.
        let text = if sample.language == "Go" { text.replace("    ", "\t") } else { text };
        Code { language: sample.language, text }
    };
    SAMPLES.iter().map(code).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wirepost_model::names::EventTypeName;

    use super::*;

    fn event_type(example: &serde_json::Value) -> EventType {
        let name = EventTypeName::parse("asset.created").expect("a good name");
        EventType { schemas: Some(json!({"1": {"example": example}})), ..EventType::blank(name) }
    }

    #[test]
    fn a_program_looks_at_what_tells_the_event_and_at_nothing_else() {
        for code in programs_for(&event_type(&json!({"eventType": "asset.created"}))) {
            assert!(!code.text.contains(HANDLE), "{}", code.language);
            assert_eq!(code.text.matches("asset.created").count(), 1, "{}", code.language);
            assert!(code.text.contains("eventType"), "{}", code.language);
        }
        for code in programs_for(&event_type(&json!({"n": 7}))) {
            assert!(!code.text.contains("asset.created"), "{}", code.language);
        }
    }

    #[test]
    fn there_are_eight_and_each_asks_for_the_secret() {
        let programs = programs_for(&event_type(&json!({})));
        assert_eq!(programs.len(), 8);
        assert!(programs.iter().all(|code| code.text.contains("WEBHOOK_SECRET")));
    }
}
