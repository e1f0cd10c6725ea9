//! Which keys a type is read from, as serde knows them. Pure.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, SeqAccess, Visitor, value::Error},
    forward_to_deserialize_any,
};

/// The keys of a struct, or of each of a list of structs; of anything else none.
pub fn of<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It reads nothing, and only tells what it would read.
    drop(T::deserialize(Names(&mut names)));
    names
}

struct Names<'a>(&'a mut &'static [&'static str]);

impl Names<'_> {
    fn nothing<T>() -> Result<T, Error> {
        Err(serde::de::Error::custom("there is nothing to read"))
    }
}

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Self::nothing()
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Self::nothing()
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for Names<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        item: T,
    ) -> Result<Option<T::Value>, Error> {
        item.deserialize(Names(self.0)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Wish {
        #[serde(rename = "page")]
        _page: usize,
        #[serde(rename = "name")]
        _name: String,
    }

    #[test]
    fn a_struct_tells_its_keys() {
        assert_eq!(of::<Wish>(), ["page", "name"]);
        assert_eq!(of::<Vec<Wish>>(), ["page", "name"]);
        assert!(of::<String>().is_empty() && of::<Vec<String>>().is_empty());
    }
}
