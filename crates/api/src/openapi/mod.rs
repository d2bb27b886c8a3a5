//! The description of the API: one OpenAPI 3.1 document, made from what stands beside the handlers.
//!
//! Each operation's file has a function `operation()`; `operations.rs` lists them. A test compares the list with
//! the routes, so that nothing is answered that is not described.

mod document;
mod either;
mod operation;
mod operations;
mod page;
mod page_schema;
pub(crate) mod query;
mod schemas;
pub(crate) mod serving;

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::Value;

pub(crate) use either::Either;
pub(crate) use operation::Operation;

/// The document as it is served: made once, when it is first asked for.
pub(crate) static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let mut text = serde_json::to_vec_pretty(&document()).expect("a JSON value always becomes JSON");
    text.push(b'\n');
    text.into()
});

/// The page as it is served: the document for people.
pub(crate) static PAGE: LazyLock<Bytes> = LazyLock::new(|| page::page_of(&document()).into());

/// The document.
pub(crate) fn document() -> Value {
    document::document_of(operations::operations())
}
