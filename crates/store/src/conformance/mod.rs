//! The suite every store must pass, case by case on a fresh store. A store's own tests call [`run_all`]; they add
//! what only that database can do wrong.

mod app_stats;
mod apps;
mod attempts;
mod background_tasks;
mod deliveries;
mod ended;
mod endpoint_messages;
mod endpoints;
mod event_types;
mod hand_over;
mod health;
mod idempotency;
mod lines;
mod logs;
mod messages;
mod notices;
mod oauth;
mod paging;
mod pulses;
mod reopening;
mod replays;
mod resending;
mod retention;
mod sign_ins;
mod stats;
mod storage;
mod tenants;
mod tokens;
mod trial;

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use wirepost_model::clock::Clock;

use crate::Store;
use crate::accepted::Handover;
use trial::Trial;

/// Makes stores over one database.
#[async_trait]
pub trait StoreFactory: Send + Sync + 'static {
    /// Opens the store. Called again once the one before was closed, it finds what that one kept.
    async fn open(&self, handover: Handover, clock: Arc<dyn Clock>) -> Arc<dyn Store>;
}

/// One thing every store must do.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    run: fn(Trial) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Runs every case, each on a database of its own from `make`.
///
/// # Panics
/// When a case fails; after all have run, with the names of those that failed.
pub async fn run_all<F: StoreFactory>(make: impl Fn() -> F) {
    let mut failed = Vec::new();
    for case in cases() {
        let trial = Trial::begin(Arc::new(make())).await;
        // In a task of its own, so that one panic does not hide the other cases.
        if let Err(error) = tokio::spawn((case.run)(trial)).await {
            failed.push(format!("{}: {error}", case.name));
        }
    }
    assert!(failed.is_empty(), "these cases failed:\n{}", failed.join("\n"));
}

macro_rules! cases {
    ($($module:ident { $($case:ident)* })*) => {
        /// All of them. A case that is missing here is dead code, which the compiler says.
        fn cases() -> Vec<Case> {
            vec![$($(Case {
                name: concat!(stringify!($module), "::", stringify!($case)),
                run: |trial| Box::pin($module::$case(trial)),
            },)*)*]
        }
    };
}

cases! {
    apps {
        an_app_is_found_by_id_and_by_uid
        two_apps_cannot_share_a_uid
        an_app_that_changed_meanwhile_is_not_overwritten
        a_deleted_app_is_gone_and_frees_its_uid
        apps_are_found_by_how_names_and_uids_begin
    }
    endpoints {
        every_field_comes_back_as_it_was_written
        its_own_rules_of_delivery_can_be_set_and_dropped_one_by_one
        a_uid_is_unique_in_its_app_and_free_after_deletion
        an_endpoint_needs_an_app
        an_endpoint_that_changed_meanwhile_is_not_overwritten
        a_deleted_endpoint_is_gone
        secrets_rotate_and_expire
        as_many_old_secrets_as_allowed_and_no_more
        an_app_comes_with_its_endpoints_and_secrets
        many_endpoints_are_created_all_or_none
    }
    oauth {
        an_oauth_config_comes_back_as_it_was_written_and_replaced
        an_oauth_config_is_its_endpoints_alone_and_leaves_with_it
    }
    event_types {
        an_event_type_is_created_once
        putting_replaces_all_but_the_creation
        archived_ones_are_listed_only_on_request
        known_ones_are_told_from_unknown_ones
        flags_show_what_is_behind_them
        the_strictest_payload_validation_is_told
    }
    tokens {
        a_token_is_found_by_its_hash_and_stays_as_it_was
        a_revoked_token_keeps_its_first_instant
        the_last_use_is_noted
        only_a_good_token_that_makes_others_counts
        lists_show_all_or_the_good_ones
    }
    sign_ins {
        a_link_is_taken_once
        of_several_who_come_with_a_link_one_gets_it
        a_link_is_good_until_it_expires
        a_session_comes_back_as_it_was_put
        a_session_that_was_ended_is_gone_and_no_other
        what_ended_is_pruned_in_bounded_steps_the_oldest_end_first
    }
    messages {
        a_message_comes_back_as_it_was_accepted
        payloads_come_back_byte_for_byte
        an_event_id_is_taken_once_in_a_batch_and_across
        an_event_id_finds_its_message
        the_id_in_a_payload_finds_the_newest_message
        many_at_once_are_all_accepted
        of_many_with_one_event_id_one_is_accepted
        an_expunged_payload_is_gone_and_the_message_stays
        lists_keep_to_their_filter
        lists_by_time_exclude_their_ends
    }
    idempotency {
        the_first_answer_under_a_key_stays
        a_key_is_taken_for_twelve_hours_wherever_it_falls
        a_key_is_free_once_its_time_is_over
        a_clock_that_goes_back_frees_no_key
        messages_and_their_answer_are_kept_together
        of_many_at_once_under_one_key_one_is_accepted
        where_all_are_refused_no_answer_is_kept
        old_answers_are_forgotten_step_by_step
    }
    hand_over {
        what_is_due_arrives_with_its_payload
        what_is_due_later_is_noted
        skipped_and_refused_ones_do_not_arrive
        an_engine_that_is_behind_is_told_where_to_look
    }
    deliveries {
        due_ones_come_in_order_up_to_the_limit
        an_expunged_payload_is_missing_from_what_is_due
        a_record_that_is_written_twice_counts_once
        ended_ones_that_wait_for_a_resend_return_to_their_state
        a_recorded_attempt_moves_its_delivery
        a_late_writer_changes_no_state
        endpoints_with_pending_deliveries_are_found
        pending_ones_end_step_by_step
        the_deliveries_of_a_message_come_by_endpoint
        only_deliveries_that_exist_are_found
    }
    lines {
        a_line_goes_by_messages_whenever_they_are_due
        a_line_is_read_on_where_it_was_cut
        what_has_ended_is_walked_past_step_by_step
        one_by_hand_stands_in_line_as_such
    }
    resending {
        any_state_can_be_sent_again_and_returns_when_that_fails
        asking_twice_keeps_what_it_returns_to
        what_was_never_sent_there_can_be
        a_resend_that_succeeds_delivers
        what_is_not_there_cannot_be_sent_again
    }
    health {
        failing_is_remembered_until_a_success
        disabling_keeps_the_first_reason
        an_edit_keeps_what_the_engine_said_and_enabling_forgets_it
    }
    notices {
        an_attempt_is_told_of_once_and_handed_over
        a_late_writer_tells_of_nothing
        disabling_is_told_of_once
        each_warning_is_given_once_in_a_period
        no_one_is_warned_of_an_endpoint_that_does_not_fail
        a_change_of_endpoints_and_what_tells_of_it_are_one
        the_end_of_a_task_is_told_of_once
    }
    attempts {
        an_attempt_comes_back_as_it_was_recorded
        an_attempt_keeps_the_url_it_was_sent_to
        lists_keep_to_their_filter
        the_attempts_of_a_message_can_be_of_one_endpoint
        the_attempts_of_an_endpoint_are_counted
        an_expunged_attempt_is_empty_and_stays
    }
    endpoint_messages {
        an_endpoint_shows_its_messages_and_how_they_stand
    }
    logs {
        messages_come_with_how_they_stand
        no_more_endpoints_are_asked_than_wanted
        a_name_finds_all_that_may_be_meant
    }
    app_stats {
        the_counters_of_all_endpoints_are_summed_up
        attempts_are_counted_by_event_type
        the_counters_are_summed_up_by_endpoint_too
    }
    background_tasks {
        a_task_comes_back_as_it_was_made
        a_task_needs_an_endpoint_and_room
        a_task_ends_once
        tasks_are_listed_by_app_status_and_work
    }
    ended {
        tokens_are_forgotten_once_they_ended_long_ago
        tokens_are_forgotten_step_by_step_the_oldest_end_first
        tasks_are_forgotten_once_they_ended_long_ago
        what_has_the_highest_key_stays
    }
    replays {
        each_work_finds_its_own
        a_filter_narrows_a_bulk_replay
        a_look_stops_at_its_bounds_and_the_next_goes_on
        only_messages_of_the_window_are_found
        a_step_makes_pending_and_moves_the_task
        a_payload_that_is_gone_is_counted_and_left_out
        a_step_that_is_done_twice_is_refused
        what_changed_since_it_was_found_is_left_alone
        what_is_pending_is_canceled_step_by_step
    }
    stats {
        what_waits_is_told_with_the_first_one
        attempts_and_ends_are_counted_by_span
        a_late_writer_counts_its_attempt_alone
        a_failed_resend_ends_nothing_again
        ended_ones_are_counted
        latencies_add_up_over_writes
        counters_are_forgotten_the_oldest_first
    }
    paging {
        apps_page_both_ways
        tokens_page_both_ways
        endpoints_page_both_ways
        event_types_page_both_ways
        messages_page_both_ways
        messages_of_several_types_page_both_ways
        messages_of_a_tag_page_both_ways
        messages_of_an_endpoint_page_both_ways
        tasks_page_both_ways
        attempts_of_an_endpoint_page_both_ways
        attempts_of_a_message_page_both_ways
        pulses_page_both_ways
        raises_page_both_ways
    }
    pulses {
        every_field_comes_back_as_it_was_written
        a_name_is_unique_in_its_app_and_free_once_archived
        a_pulse_that_changed_meanwhile_is_not_overwritten
        a_pulse_needs_an_app_and_room
        archived_ones_are_listed_only_on_request
        a_raise_comes_with_its_message_and_is_handed_over
        a_refused_raise_leaves_neither_log_nor_message
        raises_are_listed_by_pulse_and_by_app
        another_app_and_a_deleted_one_show_none
        keys_go_on_above_pulses_and_raises
    }
    retention {
        contents_leave_when_their_time_is_over
        a_time_of_its_own_ends_a_payload_and_its_answers
        an_answer_that_comes_late_leaves_too
        expired_contents_leave_step_by_step
        the_highest_keys_outlive_their_contents
    }
    storage {
        what_is_kept_takes_room
    }
    tenants {
        another_app_finds_nothing
        a_guessed_tail_finds_nothing
        a_deleted_app_shows_nothing
    }
    reopening {
        nothing_is_lost
        keys_go_on_above_the_highest
        a_closed_store_says_so
    }
}
