"""admin_checks: the 40 checks of OWASP ASVS 5.0 that the page and its API are held to, each with the tests that show it.

In:   results of this run: {test: True when it passed}.
Out:  the table, as docs/security.md keeps it; what differs there.
Not:  no test of its own; tests/site/run asks when all of these tests were run.
"""
import re
import subprocess
import sys

from tools import REPOSITORY

DOCS = REPOSITORY / 'docs/security.md'
BEGIN, END = '<!-- checks: made by tests/site/run admin -->', '<!-- checks: end -->'
CHECKS = [
    ('6.2.1', 'passwords of twelve and more, eight being the least asked for', 'admin_door.short_and_common_passwords_are_refused'),
    ('6.2.4', 'common ones refused', 'admin_door.short_and_common_passwords_are_refused'),
    ('6.2.5, 6.2.8', 'any characters, compared whole', 'admin_door.passwords_of_any_characters_count_to_the_last_one'),
    ('6.2.9', '64 characters and more allowed', 'admin_door.passwords_of_any_characters_count_to_the_last_one'),
    ('6.3.1', 'guessing slowed, the owner not locked out', 'admin_door.guessing_is_slowed_and_the_owner_still_comes_in'),
    ('6.3.2', 'no default account', 'admin_door.there_is_no_default_account'),
    ('6.3.3', 'a second factor for everybody', 'admin_door.nobody_comes_in_without_the_second_factor admin_door.each_code_works_once admin_time.a_code_is_good_for_its_half_minute_and_the_neighbours'),
    ('6.3.4', 'no weaker way in', 'admin_door.the_console_gives_a_way_back_in_and_nobody_else_does admin_time.a_token_ends_on_its_day admin_roles.every_operation_with_every_role'),
    ('6.3.8', 'wrong name and wrong password look and cost the same', 'admin_door.wrong_name_password_and_code_look_alike admin_door.a_wrong_name_costs_as_much_as_a_wrong_password'),
    ('6.4.1', 'setup code and invitations random, for one use, with an end', 'admin_door.the_setup_code_is_random_short_lived_and_for_one '
     'admin_time.a_setup_code_ends_after_half_an_hour admin_time.an_invitation_ends_and_the_next_one_replaces_it'),
    ('7.2.3', 'tokens of 256 random bits', 'admin_door.tokens_are_long_random_and_new_each_time'),
    ('7.2.4', 'a new token at each sign-in, the former one dead', 'admin_door.a_sign_in_ends_the_session_that_was_there'),
    ('7.3.1, 7.3.2', 'half an hour idle, twelve hours in all', 'admin_time.a_session_ends_after_half_an_hour_without_a_request admin_time.a_session_ends_after_twelve_hours_whatever_it_does'),
    ('7.4.1', 'sign-out ends it at the server', 'admin_door.sign_out_ends_the_session_at_the_server admin_door.a_request_that_began_before_does_nothing_after'),
    ('7.4.3', 'a password change ends the others', 'admin_door.a_password_change_ends_the_other_sessions'),
    ('7.5.3', 'asked again before what harms', 'admin_time.five_minutes_after_the_sign_in_password_and_code_are_asked_for_again'),
    ('3.3.1, 3.3.3, 3.3.4', '__Host- cookie, Secure, HttpOnly', 'admin_wire.the_cookie_belongs_to_this_host_and_no_script'),
    ('3.3.2', 'SameSite=Strict', 'admin_wire.the_cookie_belongs_to_this_host_and_no_script'),
    ('3.4.1', 'HSTS of a year', 'admin_wire.every_answer_carries_the_headers_that_keep_browsers_safe'),
    ('3.4.3', 'a policy without inline script', 'admin_wire.the_policy_lets_nothing_inline_and_nothing_foreign_run'),
    ('3.4.4', 'nosniff', 'admin_wire.every_answer_carries_the_headers_that_keep_browsers_safe'),
    ('3.4.5', 'Referrer-Policy', 'admin_wire.every_answer_carries_the_headers_that_keep_browsers_safe'),
    ('3.4.6', "frame-ancestors 'none'", 'admin_wire.the_policy_lets_nothing_inline_and_nothing_foreign_run'),
    ('3.5.1, 3.5.2', 'requests of other sites refused', 'admin_roles.no_page_of_another_site_changes_anything admin_wire.a_write_without_json_is_refused'),
    ('3.5.3', 'reading changes nothing', 'admin_roles.reading_changes_nothing'),
    ('3.2.2', 'text is shown as text', 'lint.page_shows_text_only admin_payloads.answers_are_json_that_no_browser_takes_for_a_page'),
    ('4.1.4', 'unknown methods refused', 'admin_wire.unknown_methods_are_refused_everywhere'),
    ('4.2.1', 'no request hides in another', 'admin_wire.no_request_hides_in_another admin_wire.answers_never_go_to_the_wrong_request'),
    ('1.2.4', 'SQL with bound values only', 'lint.sql_is_constant admin_lists.a_search_finds_each_word_and_nothing_else admin_payloads.none_of_them_became_a_command_or_a_statement'),
    ('1.2.5', 'no shell', 'lint.no_shell admin_payloads.none_of_them_became_a_command_or_a_statement'),
    ('1.5.1', 'XML without external entities', 'admin_payloads.no_document_reads_what_it_names'),
    ('1.5.3', 'edge and station read alike', 'admin_wire.no_request_hides_in_another admin_wire.a_write_without_json_is_refused'),
    ('2.2.1, 2.2.2', 'values checked at the server', 'admin_contract.every_operation_refuses_wrong_input admin_random.fifty_thousand_random_requests'),
    ('2.3.3', 'whole or not at all', 'admin_lists.an_operation_happens_whole_or_not_at_all'),
    ('5.2.1, 5.3.2', 'bounds of uploads, no paths of users', 'admin_wire.bodies_have_their_bounds_and_names_make_no_paths'),
    ('8.2.1 to 8.2.3', 'function, object and field checked each time', 'admin_roles.every_operation_with_every_role admin_roles.objects_are_checked_each_time admin_roles.fields_belong_to_roles'),
    ('15.3.3', 'unknown fields refused', 'admin_roles.fields_that_nobody_asked_for_are_refused'),
    ('12.1.1 to 12.1.3', 'TLS 1.2 and later, forward secrecy, names from verified certificates only', 'admin_wire.tls_is_1_2_or_later_with_forward_secrecy '
     'admin_wire.headers_that_only_the_edge_may_write_are_worth_nothing promises.forged_headers_replace_no_certificate'),
    ('11.4.2, 13.3.1, 13.3.2, 14.2.1, 14.3.2', 'slow password hash, keys their owners\' alone, no secret in a URL, no-store', 'admin_door.passwords_are_kept_as_argon2id_and_secrets_sealed '
     'admin_wire.private_keys_are_their_owners_alone admin_wire.secrets_are_in_no_log_and_no_url admin_wire.answers_of_the_api_are_stored_nowhere'),
    ('16.3.1, 16.3.2, 16.4.1, 16.4.2, 16.5.3', 'sign-ins and refusals logged, lines whole, the log a chain; errors fail closed', 'admin_door.sign_ins_and_refusals_are_in_the_audit_and_the_journal '
     'admin_payloads.no_line_of_a_log_is_broken_or_obeyed_by_a_terminal admin_door.the_audit_log_is_a_chain admin_wire.errors_fail_closed'),
]


def lint_results():
    out = subprocess.run([sys.executable, str(REPOSITORY / 'tests/lint/run')], stdout=subprocess.PIPE, text=True).stdout
    return {match[2]: match[1] == 'ok' for line in out.splitlines() if (match := re.match(r'(ok|not ok) (lint\.\w+)', line))}


def were_run(results):
    """Whether every test of the table was."""
    named = {name for *_, names in CHECKS for name in names.split() if not name.startswith('lint.')}
    return named <= set(results)


def table(results):
    """The lines of the table, and how many checks pass."""
    lines, passed = ['| # | ASVS 5.0 | check | result | shown by |', '| --- | --- | --- | --- | --- |'], 0
    for number, (section, what, names) in enumerate(CHECKS, 1):
        fine = all(results.get(name) for name in names.split())
        passed += fine
        lines.append(f'| {number} | {section} | {what} | {"pass" if fine else "fail"} | {", ".join(names.split())} |')
    return [*lines, '', f'{passed} of {len(CHECKS)} pass.'], passed


def kept():
    """The table as docs has it."""
    text = DOCS.read_text()
    if BEGIN not in text or END not in text:
        return []
    return text.split(BEGIN, 1)[1].split(END, 1)[0].strip().splitlines()


def judge(results, log_folder):
    """('' or what is wrong, the table as text)."""
    lines, passed = table({**results, **lint_results()})
    log_folder.mkdir(parents=True, exist_ok=True)
    (log_folder / 'admin-checks.md').write_text('\n'.join(lines) + '\n')
    if passed != len(CHECKS):
        return f'{passed} of {len(CHECKS)} checks pass', '\n'.join(lines)
    if kept() != lines:
        return f'docs/security.md has another table: copy {log_folder}/admin-checks.md there', '\n'.join(lines)
    return '', '\n'.join(lines)
