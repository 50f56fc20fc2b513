//! The checks of the fuzz targets hold for random bytes. This also compiles them in each run of the tests.

#[allow(dead_code, unreachable_pub, reason = "the rest is called by the fuzz targets")]
#[path = "../../fuzz/src/lib.rs"]
mod checks;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_pass_the_checks_of_the_fuzz_targets(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        checks::agent_file::check(&bytes);
        checks::crm_rows::check(&bytes);
        checks::pf_rows::check(&bytes);
        checks::redactor::check(&bytes);
    }
}
