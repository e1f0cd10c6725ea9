//! Good JSON, spoilt: values of another kind, missing and doubled keys, things in each other's place.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};

/// One thing done to a document. Places are parts of all its values.
#[derive(Debug, Clone)]
enum Edit {
    Replace(Index, Value),
    Remove(Index),
    Exchange(Index, Index),
    Into(Index, Index),
    Wrap(Index, usize),
    Double(Index, usize),
}

/// Values that no reader expects everywhere.
fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            json!(""),
            json!([]),
            json!({}),
            json!(-1),
            json!(0),
            json!(1e308),
            json!("NaN"),
            json!("9999-12-31T23:59:59.999999999Z"),
            json!("0000-00-00T99:99:99Z"),
            json!("../../../etc/passwd"),
            json!("\u{1b}[31m\u{0}\n\t\u{202e}"),
            json!("https://example.org/\u{7f}?a=b"),
            json!("é🎉\u{301}\u{feff}"),
        ]),
        ".{0,40}".prop_map(Value::from),
        (0..3000_usize).prop_map(|length| Value::from("x".repeat(length))),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        6 => (at(), strange()).prop_map(|(at, value)| Edit::Replace(at, value)),
        3 => at().prop_map(Edit::Remove),
        2 => (at(), at()).prop_map(|(one, other)| Edit::Exchange(one, other)),
        1 => (at(), at()).prop_map(|(one, other)| Edit::Into(one, other)),
        1 => (at(), 1..200_usize).prop_map(|(at, deep)| Edit::Wrap(at, deep)),
        1 => (at(), 1..60_usize).prop_map(|(at, times)| Edit::Double(at, times)),
    ]
}

/// Pointers to every value within a value.
fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect()
        }
        Value::Array(list) => list.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let pointer = format!("{here}/{key}");
        pointers(child, &pointer, found);
        found.push(pointer);
    }
}

fn apply(document: &mut Value, edit: &Edit) {
    let mut found = vec![String::new()];
    pointers(document, "", &mut found);
    let of = |at: &Index| at.get::<String>(&found).as_str();
    let taken = |document: &Value, at: &Index| document.pointer(of(at)).cloned();
    let put = |document: &mut Value, at: &Index, value: Value| {
        if let Some(place) = document.pointer_mut(of(at)) {
            *place = value;
        }
    };
    match edit {
        Edit::Replace(at, value) => put(document, at, value.clone()),
        Edit::Remove(at) => {
            if let Some((parent, key)) = of(at).rsplit_once('/')
                && let Some(Value::Object(map)) = document.pointer_mut(parent)
            {
                map.remove(key);
            }
        }
        Edit::Exchange(one, other) => {
            if let (Some(a), Some(b)) = (taken(document, one), taken(document, other)) {
                put(document, one, b);
                put(document, other, a);
            }
        }
        Edit::Into(one, other) => {
            if let Some(value) = taken(document, one) {
                put(document, other, value);
            }
        }
        Edit::Wrap(at, deep) => {
            if let Some(value) = taken(document, at) {
                put(document, at, (0..*deep).fold(value, |inner, _| json!([inner])));
            }
        }
        Edit::Double(at, times) => {
            if let Some(Value::Array(list)) = document.pointer_mut(of(at)) {
                let whole = list.clone();
                let room = 2_000 / (whole.len() + 1);
                (0..(*times).min(room)).for_each(|_| list.extend(whole.clone()));
            }
        }
    }
}

/// One of the samples with up to `most` things done to it.
pub fn spoilt_json(samples: Vec<Value>, most: usize) -> impl Strategy<Value = Value> {
    assert!(!samples.is_empty());
    (0..samples.len(), vec(edit(), 0..=most)).prop_map(move |(one, edits)| {
        let mut document = samples[one].clone();
        for edit in &edits {
            apply(&mut document, edit);
        }
        document
    })
}

/// The text of a spoilt document; one in eight is spoilt as text as well.
pub fn spoilt_json_text(samples: Vec<Value>, most: usize) -> impl Strategy<Value = String> {
    let texts = samples.iter().map(|value| value.to_string().into_bytes()).collect();
    let as_text = super::bytes::spoilt(texts, 6)
        .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    prop_oneof![7 => spoilt_json(samples, most).prop_map(|value| value.to_string()), 1 => as_text]
}
