//! What a person sent with a form: names and values in their order, from either encoding that browsers know, within
//! bounds.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Names and values as they were sent. Spaces at the ends of values stay: they are what was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    values: Vec<(String, String)>,
    /// The file that was sent, if one was.
    pub file: Option<File>,
}

/// A file as it was sent; nothing that is said of it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What its sender calls it.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// More fields than any form of ours has.
const MOST: usize = 10_000;

impl Fields {
    /// From a list of names and values.
    pub fn from_values(values: Vec<(String, String)>) -> Fields {
        Fields { values, file: None }
    }

    /// From `name=value&…`.
    pub fn read(body: &[u8]) -> Fields {
        let values = url::form_urlencoded::parse(body).take(MOST);
        Fields::from_values(values.map(|(name, value)| (name.into_owned(), lines(&value))).collect())
    }

    /// The first value of a name; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// All names and values.
    pub fn values(&self) -> &[(String, String)] {
        &self.values
    }
}

/// Browsers send line ends as CR LF; what we gave them had LF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Fields, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        if !kind.starts_with("multipart/form-data") {
            let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
            return Ok(Fields::read(&body));
        }
        let mut parts = Multipart::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let mut fields = Fields::default();
        while let Some(part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
            if fields.values.len() >= MOST {
                return Err(StatusCode::BAD_REQUEST.into_response());
            }
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(IntoResponse::into_response)?;
            match file {
                // A field of files that was left empty is sent as a file without name or content.
                Some(name) if !bytes.is_empty() => fields.file = Some(File { name, bytes }),
                Some(_) => {}
                None => fields.values.push((name, lines(&String::from_utf8_lossy(&bytes)))),
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::form::{MOST_ROWS, MOST_SLOTS, ROWS, SINGLE};

    #[test]
    fn an_event_of_which_all_is_said_as_often_as_it_can_be_is_cut_off() {
        let most = |kind: &str| if kind == "slot" { MOST_SLOTS } else { MOST_ROWS };
        let cells: usize = ROWS.iter().map(|(kind, columns)| most(kind) * columns.len()).sum();
        // Beside them boxes to tick, of which there are fewer than a hundred, and what says which draft it is.
        assert!(MOST > cells + SINGLE.len() + 100, "{cells}");
    }
}
