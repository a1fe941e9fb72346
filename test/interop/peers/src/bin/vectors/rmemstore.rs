//! Vectors of rmemstore's contract.

use interop_peers::codec::Protobuf;
use interop_peers::frames::{frame, hex};
use interop_peers::rmemstore::{Command, Get, Kind, Map, Put, Response, Rpc, Value, ValueKind};
use serde_json::{Value as Json, json};

use super::{CODES, NUMBERS, texts};

pub fn vectors() -> Vec<Json> {
    let mut vectors = Vec::new();
    let mut add = |direction, name: String, hex, message: Json| {
        vectors.push(json!({
            "name": name, "format": "protobuf", "direction": direction, "hex": hex,
            "message": message,
        }));
    };
    for (name, rpc) in requests() {
        let hex = frame::<Protobuf<_, _>, _>(&rpc);
        add("request", name, hex, rpc_json(&rpc));
    }
    for (name, response) in responses() {
        let hex = frame::<Protobuf<_, _>, _>(&response);
        add("response", name, hex, response_json(&response));
    }
    vectors
}

fn requests() -> Vec<(String, Rpc)> {
    let rpc = |id, command| Rpc {
        id,
        code: 0,
        command: Some(command),
    };
    let get = |key: &[u8]| Command::Get(Get { key: key.to_vec() });
    let mut requests = Vec::new();
    for (name, number) in NUMBERS {
        requests.push((format!("get, id {name}"), rpc(number, get(b"key"))));
    }
    for (name, value) in values() {
        let put = Command::Put(Put {
            key: b"key".to_vec(),
            value: Some(value),
        });
        requests.push((format!("put {name}"), rpc(7, put)));
    }
    let nothing = Command::Put(Put {
        key: b"key".to_vec(),
        value: None,
    });
    requests.push(("put, no value".to_string(), rpc(7, nothing)));
    requests.push(("get, empty key".to_string(), rpc(7, get(b""))));
    let bytes: Vec<u8> = (0..=255).collect();
    requests.push((
        "get, every byte in the key".to_string(),
        rpc(7, get(&bytes)),
    ));
    for (name, code) in CODES {
        let command = None;
        let rpc = Rpc {
            id: 7,
            code,
            command,
        };
        requests.push((format!("code {name}, no command"), rpc));
    }
    requests
}

fn responses() -> Vec<(String, Response)> {
    let response = |id, kind| Response { id, code: 0, kind };
    let mut responses = Vec::new();
    for (name, number) in NUMBERS {
        let ok = Some(Kind::Ok(true));
        responses.push((format!("ok, id {name}"), response(number, ok)));
    }
    let refused = Some(Kind::Ok(false));
    responses.push(("not ok".to_string(), response(7, refused)));
    responses.push(("a miss".to_string(), response(7, None)));
    for (name, value) in values() {
        let value = Some(Kind::Value(value));
        responses.push((format!("value {name}"), response(7, value)));
    }
    for (name, code) in CODES {
        let kind = None;
        responses.push((
            format!("code {name}, no kind"),
            Response { id: 7, code, kind },
        ));
    }
    responses
}

fn values() -> Vec<(String, Value)> {
    let value = |kind| Value { kind: Some(kind) };
    let string = |text: &str| value(ValueKind::String(text.to_string()));
    let blob = |bytes: &[u8]| value(ValueKind::Blob(bytes.to_vec()));
    let map = |entries: Vec<(&str, Value)>| {
        let entries = entries.into_iter();
        let map = entries.map(|(key, value)| (key.to_string(), value));
        value(ValueKind::Map(Map { map: map.collect() }))
    };
    let bytes: Vec<u8> = (0..=255).collect();
    let nested = map(vec![
        ("blob", blob(&[0, 127, 128, 255])),
        (
            "inner",
            map(vec![("deep", map(vec![("text", string("value"))]))]),
        ),
        ("text", string("caf\u{e9} \u{1f980}")),
    ]);
    let nothing = Value { kind: None };
    let mut values = vec![
        ("nothing".to_string(), nothing.clone()),
        (
            "map with nothing in it".to_string(),
            map(vec![("key", nothing)]),
        ),
        ("empty blob".to_string(), blob(&[])),
        ("blob of every byte".to_string(), blob(&bytes)),
        ("empty map".to_string(), map(vec![])),
        (
            "map with an empty key".to_string(),
            map(vec![("", string("value"))]),
        ),
        (
            "map with an empty text".to_string(),
            map(vec![("key", string(""))]),
        ),
        ("nested maps".to_string(), nested),
    ];
    for (name, text) in texts() {
        values.push((format!("text of {name}"), string(&text)));
    }
    values
}

fn rpc_json(rpc: &Rpc) -> Json {
    let command = rpc.command.as_ref().map(|command| match command {
        Command::Put(put) => json!({ "put": {
            "key": hex(&put.key),
            "value": put.value.as_ref().map(value_json),
        } }),
        Command::Get(get) => json!({ "get": { "key": hex(&get.key) } }),
    });
    json!({ "id": rpc.id.to_string(), "code": rpc.code, "command": command })
}

fn response_json(response: &Response) -> Json {
    let kind = response.kind.as_ref().map(|kind| match kind {
        Kind::Ok(ok) => json!({ "ok": ok }),
        Kind::Value(value) => json!({ "value": value_json(value) }),
    });
    json!({ "id": response.id.to_string(), "code": response.code, "kind": kind })
}

fn value_json(value: &Value) -> Json {
    match &value.kind {
        None => json!({}),
        Some(ValueKind::Blob(blob)) => json!({ "blob": hex(blob) }),
        Some(ValueKind::String(text)) => json!({ "string": text }),
        Some(ValueKind::Map(map)) => {
            let entries = map.map.iter();
            let entries = entries.map(|(key, value)| (key.clone(), value_json(value)));
            json!({ "map": Json::Object(entries.collect()) })
        }
    }
}
