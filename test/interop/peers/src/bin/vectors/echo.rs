//! Vectors of the echo contract, in all formats.

use std::fmt::Debug;

use interop_peers::codec::{MessagePack, NamedMessagePack, Protobuf};
use interop_peers::echo::{EchoRequest, EchoResponse, EchoStream, Kind};
use interop_peers::echo::{Request, Response, ResponseBehavior};
use interop_peers::frames::frame;
use serde_json::{Value, json};

use super::{CODES, NUMBERS, texts};

/// Whose Cancel and End are written: a call as most are, and one whose id is no double.
const CALLS: [(&str, u64); 2] = [("", 7), (", id 2^64-1", u64::MAX)];

pub fn vectors() -> Vec<Value> {
    let mut vectors = Vec::new();
    for (name, request) in requests() {
        let message = request_json(&request);
        record_in_all(&mut vectors, "request", &name, &request, message);
    }
    for (name, response) in responses() {
        let message = response_json(&response);
        record_in_all(&mut vectors, "response", &name, &response, message);
    }
    vectors
}

fn record_in_all<T>(vectors: &mut Vec<Value>, direction: &str, name: &str, message: &T, json: Value)
where
    T: prost::Message + Default + Clone + PartialEq + Debug,
    T: serde::Serialize + serde::de::DeserializeOwned + 'static,
{
    let mut add = |format, hex| {
        vectors.push(json!({
            "name": name, "format": format, "direction": direction, "hex": hex, "message": json,
        }));
    };
    add("protobuf", frame::<Protobuf<T, T>, T>(message));
    add("messagepack", frame::<MessagePack<T, T>, T>(message));
    add(
        "messagepack-named",
        frame::<NamedMessagePack<T, T>, T>(message),
    );
}

fn requests() -> Vec<(String, Request)> {
    let body = |message: &str, nanotime| EchoRequest {
        message: message.to_string(),
        nanotime,
    };
    let unary = ResponseBehavior::Unary;
    let mut requests = Vec::new();
    for (name, number) in NUMBERS {
        let request = Request::new(number, unary, body("hello", number));
        requests.push((format!("id and nanotime {name}"), request));
    }
    for (name, code) in CODES {
        for (suffix, request_id) in CALLS {
            let request = Request {
                request_id,
                code,
                ..Default::default()
            };
            requests.push((format!("code {name}, no body{suffix}"), request));
        }
    }
    for (name, message) in texts() {
        let request = Request::new(7, unary, body(&message, 1));
        requests.push((format!("message of {name}"), request));
    }
    let empty = Request::new(7, unary, EchoRequest::default());
    requests.push(("empty body".to_string(), empty));
    let stream = Request::new(7, ResponseBehavior::Stream, body("hello", 1));
    requests.push(("stream".to_string(), stream));
    requests.push(("nothing set".to_string(), Request::default()));
    requests
}

fn responses() -> Vec<(String, Response)> {
    let echo = |message: &str, nanotime| {
        Kind::Echo(EchoResponse {
            message: message.to_string(),
            nanotime,
        })
    };
    let item = |message: &str, nanotime, sequence| {
        Kind::Stream(EchoStream {
            message: message.to_string(),
            nanotime,
            sequence,
        })
    };
    let mut responses = Vec::new();
    for (name, number) in NUMBERS {
        let response = Response::new(number, echo("hello", number));
        responses.push((format!("echo, id and nanotime {name}"), response));
        let response = Response::new(number, item("hello", number, number));
        responses.push((
            format!("stream, id, nanotime and sequence {name}"),
            response,
        ));
    }
    for (name, code) in CODES {
        for (suffix, request_id) in CALLS {
            let response = Response {
                request_id,
                code,
                kind: None,
            };
            responses.push((format!("code {name}, no kind{suffix}"), response));
        }
    }
    for (name, message) in texts() {
        let response = Response::new(7, echo(&message, 1));
        responses.push((format!("echo of {name}"), response));
    }
    responses.push(("empty echo".to_string(), Response::new(7, echo("", 0))));
    responses.push((
        "empty stream item".to_string(),
        Response::new(7, item("", 0, 0)),
    ));
    responses.push(("nothing set".to_string(), Response::default()));
    responses
}

fn request_json(request: &Request) -> Value {
    json!({
        "request_id": request.request_id.to_string(),
        "code": request.code,
        "body": request.body.as_ref().map(|body| json!({
            "message": body.message,
            "nanotime": body.nanotime.to_string(),
        })),
        "response_behavior": format!("{:?}", request.response_behavior()),
    })
}

fn response_json(response: &Response) -> Value {
    let kind = response.kind.as_ref().map(|kind| match kind {
        Kind::Echo(echo) => json!({ "echo": {
            "message": echo.message,
            "nanotime": echo.nanotime.to_string(),
        } }),
        Kind::Stream(item) => json!({ "stream": {
            "message": item.message,
            "nanotime": item.nanotime.to_string(),
            "sequence": item.sequence.to_string(),
        } }),
    });
    json!({
        "request_id": response.request_id.to_string(),
        "code": response.code,
        "kind": kind,
    })
}
