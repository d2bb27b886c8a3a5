//! How long the head of a request may be: the address and the headers. What is longer still than the connection's
//! own buffer is refused there, without a body.

use axum::extract::Request;
use http::StatusCode;

use crate::error::ApiError;

/// Most bytes of path and parameters.
const ADDRESS_BYTES_MOST: usize = 8 * 1_024;
/// Most bytes of all headers, names and values.
const HEADER_BYTES_MOST: usize = 32 * 1_024;

/// Why this request is refused for its head alone.
pub(crate) fn head_refusal(request: &Request) -> Option<ApiError> {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > ADDRESS_BYTES_MOST {
        let sentence = format!("Path and parameters may have at most {ADDRESS_BYTES_MOST} bytes together");
        return Some(ApiError::new(StatusCode::URI_TOO_LONG, "uri_too_long", sentence));
    }
    let headers = request.headers().iter();
    let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers > HEADER_BYTES_MOST {
        let sentence = format!("The headers may have at most {HEADER_BYTES_MOST} bytes together");
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Some(ApiError::new(status, "headers_too_large", sentence));
    }
    None
}
