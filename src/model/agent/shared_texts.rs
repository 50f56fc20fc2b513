//! One copy of each text that a file and the rows of its person have in common.

use std::collections::HashSet;

use arcstr::ArcStr;

use super::{FieldValue, Record};

/// In bytes. To look a shorter text up costs more time than its copy takes memory.
const SHORTEST: usize = 16;

/// Texts of which equal ones are kept once.
#[derive(Debug, Default)]
pub(crate) struct SharedTexts(HashSet<ArcStr>);

impl SharedTexts {
    /// The texts of these records.
    #[must_use]
    pub(crate) fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let values = records.into_iter().flat_map(Record::values);
        Self(
            values
                .filter_map(|value| if let FieldValue::Text(text) = value { Some(text) } else { None })
                .filter(|text| text.len() >= SHORTEST)
                .cloned()
                .collect(),
        )
    }

    /// Lets a record have the copies that are known, and remembers its other texts.
    pub(crate) fn share(&mut self, record: &mut Record) {
        for (_, value) in record.iter_mut() {
            let FieldValue::Text(text) = value else { continue };
            if text.len() < SHORTEST {
                continue;
            }
            match self.0.get(text) {
                Some(known) => *text = known.clone(),
                None => _ = self.0.insert(text.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Field;
    use super::*;

    #[test]
    fn equal_texts_are_one_and_others_stay_as_they_are() {
        let record = || {
            Record::from_iter([
                (Field::FirstName, FieldValue::from("Sara of Palm Gate")),
                (Field::LastName, FieldValue::from("سارة")),
                (Field::Languages, FieldValue::from_texts(["en"])),
            ])
        };
        let (file, mut row, mut other) =
            (record(), record(), Record::from_iter([(Field::Email, "Sara of Palm Gate".into())]));
        let mut texts = SharedTexts::of([&file]);
        texts.share(&mut row);
        texts.share(&mut other);
        assert_eq!((&row, other.get(&Field::Email)), (&record(), Some(&FieldValue::from("Sara of Palm Gate"))));
        let copies = |record: &Record| match record.get(&Field::FirstName) {
            Some(FieldValue::Text(text)) => ArcStr::strong_count(text),
            _ => None,
        };
        assert_eq!((copies(&file), copies(&row)), (Some(4), Some(4)), "the file, both rows and the set have one text");
    }
}
