//! As much of HTTP/1.1 as a measuring instrument needs, shared by the client and the sink: where a head
//! ends and what a header says. It must stay cheaper than what it measures, so it keeps no map of headers
//! and knows bodies by `content-length` alone.

/// The length in bytes of the head at the start of `buffer`, its empty line included; `None` while it is
/// not complete.
pub(crate) fn head_length(buffer: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = buffer[from..].iter().position(|byte| *byte == b'\n') {
        let next = from + found + 1;
        if buffer.get(next..next + 2) == Some(b"\r\n") {
            return Some(next + 2);
        }
        from = next;
    }
    None
}

/// The headers of a head as pairs of name and value, in their order.
pub(crate) fn headers(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    head.split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    })
}

/// The value of the first header called `name`, in any case.
pub(crate) fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a [u8]> {
    headers(head)
        .find(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::{head_length, header};

    const HEAD: &[u8] = b"HTTP/1.1 202 Accepted\r\nContent-Length:  12\r\nx: y:z\r\n\r\n";

    #[test]
    fn a_head_ends_at_its_empty_line() {
        let whole = [HEAD, b"body"].concat();
        assert_eq!(head_length(&whole), Some(HEAD.len()));
        for cut in 0..HEAD.len() {
            assert_eq!(head_length(&HEAD[..cut]), None, "cut at {cut}");
        }
    }

    #[test]
    fn a_header_is_found_in_any_case() {
        assert_eq!(header(HEAD, "content-length"), Some(b"12".as_slice()));
        assert_eq!(header(HEAD, "X"), Some(b"y:z".as_slice()));
        assert_eq!(header(HEAD, "y"), None);
    }
}
