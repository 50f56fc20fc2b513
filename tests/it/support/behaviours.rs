//! The positions of the sandbox's switches under which everything must end well.

use roster::sandbox::{Behaviour, FilterMatch, ValueSpelling, WriteMode};

/// One at a time and some together, each with a name for messages.
pub(crate) fn behaviours() -> Vec<(&'static str, Behaviour)> {
    let with = |change: fn(&mut Behaviour)| {
        let mut behaviour = Behaviour::default();
        change(&mut behaviour);
        behaviour
    };
    vec![
        ("as is", Behaviour::default()),
        ("put replaces", with(|b| b.crm_put = WriteMode::Replace)),
        ("texts replace", with(|b| b.pf_texts = WriteMode::Replace)),
        ("crm tidies", with(|b| b.crm_rows = ValueSpelling::Tidied)),
        ("crm reformats", with(|b| b.crm_rows = ValueSpelling::Reformatted)),
        ("pf tidies", with(|b| b.pf_rows = ValueSpelling::Tidied)),
        ("pf reformats", with(|b| b.pf_rows = ValueSpelling::Reformatted)),
        ("crm localizes", with(|b| b.crm_rows = ValueSpelling::Localized)),
        ("pf localizes", with(|b| b.pf_rows = ValueSpelling::Localized)),
        ("no count", with(|b| b.crm_count = false)),
        ("pages of 7", with(|b| (b.crm_page_ceiling, b.pf_page_ceiling) = (7, 7))),
        (
            "pages of 7, no count",
            with(|b| {
                (b.crm_page_ceiling, b.pf_page_ceiling) = (7, 7);
                b.crm_count = false;
            }),
        ),
        ("no page past the end", with(|b| b.pages_end_with_404 = true)),
        ("create answers an id alone", with(|b| b.crm_create_answers_id_alone = true)),
        ("create answers 200", with(|b| b.crm_create_status = 200)),
        ("empty objects are lists", with(|b| b.crm_empty_objects_as_lists = true)),
        ("empty fields are left out", with(|b| b.crm_empty_fields_left_out = true)),
        ("filters match whole", with(|b| b.crm_filters = FilterMatch::Whole)),
        ("inactive hidden", with(|b| b.pf_hides_inactive = true)),
        ("newest first", with(|b| b.pf_newest_first = true)),
        ("email filter is public", with(|b| b.pf_email_filter_is_public = true)),
        ("duplicates are taken", with(|b| (b.crm_takes_duplicates, b.pf_takes_duplicates) = (true, true))),
        ("photos are not returned", with(|b| b.crm_photos_returned = false)),
        ("no me", with(|b| b.crm_me = false)),
        ("short tokens", with(|b| b.token_requests = Some(20))),
        ("roles may not be read", with(|b| b.missing_scopes = ["roles:read".to_owned()].into())),
        (
            "all at once",
            with(|b| {
                (b.crm_put, b.pf_texts) = (WriteMode::Replace, WriteMode::Replace);
                (b.crm_rows, b.pf_rows) = (ValueSpelling::Reformatted, ValueSpelling::Reformatted);
                (b.crm_page_ceiling, b.pf_page_ceiling, b.crm_count) = (7, 7, false);
                (b.pf_hides_inactive, b.pf_newest_first, b.crm_empty_objects_as_lists) = (true, true, true);
            }),
        ),
    ]
}
