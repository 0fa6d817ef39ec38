"""Fifty phones from one CSV file; one profile value changes and exactly the phones it concerns fetch it (issue 3, must show 6)."""
import json
import time

from scene import new_secret, require, search
from tools import wait_until

SITE = {'country': 'DE', 'poll_minutes': '1', 'rollout_settle_s': '5', 'rollout_wait_s': '65', 'rollout_share': '30'}
MINUTE_S = 12.0                         # how long a minute of the stand-ins' polling timer takes
N = 50
MACS = [f'000413D50{n:03d}' for n in range(1, N + 1)]
SALES = MACS[::5]                       # ten of them
DEAF_TO_NOTIFY = SALES[::3]             # filter_registrar keeps the appliance's NOTIFY out: these poll
NAME, INDEX, OLD, NEW = 'user_expiry', 1, '3600', '1800'


def profiles_of(mac):
    return 'sales' if mac in SALES else 'office'


def table(scene, macs=MACS, **wrong):
    """The CSV; wrong: {MAC: another secret}."""
    rows = ['mac,name,model,sip_user,sip_secret,profiles']
    for n, mac in enumerate(macs):
        secret = scene.secrets.setdefault(f'sip secret of {mac}', new_secret('Sip'))
        rows.append(f'{mac},Desk {n + 1},snomD785,{2001 + n},{wrong.get(mac, secret)},{profiles_of(mac)}')
    return '\n'.join(rows) + '\n'


def test_a_table_is_looked_at_before_anything_is_kept(scene):
    for profile in ('sales', 'office'):
        scene.ctl('settings', 'set', 'profile', profile, f'{NAME}[{INDEX}]:R={OLD}')
    scene.table = table(scene)
    shown = scene.ctl('phone', 'import', '-', '--dry-run', stdin=scene.table)
    require(str(N) in shown and not search(shown.encode(), scene.secrets), lambda: f'the preview: {shown[:400]}')
    require(not scene.listed(), 'a preview made phones')
    # What cannot be read is said by its reader, what cannot be by the store.
    broken = scene.table.replace(MACS[20], 'not-a-mac').replace(MACS[30], '0004:13')
    status, out, err = scene.try_ctl('phone', 'import', '-', stdin=broken)
    said = out + err
    require(status == 1 and 'line 22' in said and 'line 32' in said, lambda: f'two wrong lines: {said[:600]}')
    broken = table(scene, **{MACS[20]: '0000', MACS[30]: MACS[30].lower()})
    status, out, err = scene.try_ctl('phone', 'import', '-', stdin=broken)
    said += out + err
    require(status == 1 and 'line 22' in out + err and 'line 32' in out + err, lambda: f'secrets that anybody guesses: {out + err}')
    require(not search(said.encode(), scene.secrets), 'a message holds a secret')
    require(not scene.listed(), 'a table with wrong lines made phones')


def test_fifty_phones_of_a_table_come_up(scene):
    began = time.monotonic()
    scene.ctl('phone', 'import', '-', stdin=scene.table)
    listed = scene.listed()
    require(len(listed) == N and {row['state'] for row in listed.values()} == {'waiting'}, lambda: f'{len(listed)} phones')
    scene.ctl('phone', 'approve', '--all')
    imported = time.monotonic() - began
    scene.some = [scene.phone(mac, known=False, start=False, minute_s=MINUTE_S, heeds_filter=mac in DEAF_TO_NOTIFY) for mac in MACS]
    took = scene.fleet(scene.some)
    wait_until(lambda: {row['state'] for row in scene.listed().values()} == {'current'}, 20,
               lambda: f'{[mac for mac, row in scene.listed().items() if row["state"] != "current"]} are not current')
    for phone in scene.some:
        held = {row[:3] for row in phone.stage2.settings}
        require((NAME, INDEX, OLD) in held and ('user_pass', 1, scene.secrets[f'sip secret of {phone.mac}']) in held,
                lambda: f'{phone.mac} does not hold what the table says')
    names = {phone.stage2.value('user_name', 1) for phone in scene.some}
    require(names == {str(2001 + n) for n in range(N)}, lambda: f'{names}')
    return f'{N} phones imported and approved in {imported:.1f} s, all current {took:.1f} s after the first was switched on'


def test_no_two_phones_share_a_secret(scene):
    values = {}
    for phone in scene.some:
        for name in ('http_pass', 'admin_mode_password', 'service_mode_pass', 'user_pass', 'keyboard_lock_pw', 'uboot_lock'):
            value = phone.stage2.value(name, 1 if name == 'user_pass' else None)
            if value:
                values.setdefault((name, value), []).append(phone.mac)
    twice = {key[0]: macs for key, macs in values.items() if len(macs) > 1}
    require(not twice, lambda: f'shared: {twice}')
    per_phone = len(values) / N
    require(per_phone >= 4, f'only {per_phone:.1f} secrets for each phone')
    return f'{len(values)} different secrets'


def fetch_states(scene):
    return {phone.mac: phone.stage2.value(NAME, INDEX) for phone in scene.some}


def test_one_changed_value_is_fetched_by_exactly_the_phones_it_concerns(scene):
    hashes = {phone.mac: {row['hash'] for row in phone.fetched()} for phone in scene.some}
    revisions = {mac: row['revision_served'] for mac, row in scene.listed().items()}
    since = time.monotonic()
    reply = scene.ctl('settings', 'set', 'profile', 'sales', f'{NAME}[{INDEX}]:R={NEW}', '--json')
    require(reply['phones'] == len(SALES), lambda: f'it concerns {reply["phones"]} phones')
    wanted = {mac: NEW if mac in SALES else OLD for mac in MACS}
    arrived = {}

    def is_there():
        for mac, value in fetch_states(scene).items():
            if mac in SALES and value == NEW:
                arrived.setdefault(mac, time.monotonic() - since)
        return len(arrived) == len(SALES)

    wait_until(is_there, 120, lambda: f'{sorted(set(SALES) - set(arrived))} did not fetch')
    wait_until(lambda: scene.ctl('rollout', 'show', '--json')['rollout']['state'] == 'done', 30, 'the roll-out does not end')
    time.sleep(1.2 * MINUTE_S)          # everybody polls once more
    require(fetch_states(scene) == wanted, lambda: f'{[mac for mac, value in fetch_states(scene).items() if value != wanted[mac]]}')
    for phone in scene.some:
        new = {row['hash'] for row in phone.fetched(since)} - hashes[phone.mac]
        require(len(new) == (1 if phone.mac in SALES else 0), lambda: f'{phone.mac} got {len(new)} new documents')
        require(phone.settings.get(NAME, INDEX) == wanted[phone.mac], lambda: f'{phone.mac} holds {phone.settings.get(NAME, INDEX)}')
        require(not phone.faults, lambda: f'{phone.mac}: {phone.faults}')
    now = {mac: row['revision_served'] for mac, row in scene.listed().items()}
    moved = {mac for mac in MACS if now[mac] != revisions[mac]}
    require(moved >= set(SALES), lambda: f'{sorted(set(SALES) - moved)} have no new revision')
    require({row['state'] for row in scene.listed().values()} == {'current'}, 'not all are current')
    woken = {phone.mac for phone in scene.some if any(row['what'] == 'notify' and row['at'] > since and row['answer'] == '200 OK'
                                                      for row in phone.transcript)}
    require(woken == set(SALES) - set(DEAF_TO_NOTIFY), lambda: f'NOTIFY took {sorted(woken)}')
    times = [sorted(arrived[mac] for mac in SALES if (mac in DEAF_TO_NOTIFY) == deaf) for deaf in (False, True)]
    return (f'{len(SALES)} of {N} phones: {len(times[0])} by NOTIFY after {times[0][0]:.1f} to {times[0][-1]:.1f} s, '
            f'{len(times[1])} by polling after {times[1][0]:.1f} to {times[1][-1]:.1f} s')


def test_the_site_says_how_it_stands(scene):
    score = scene.ctl('score', '--json')
    require(score['phones'] == N and 0 < score['score'] <= 100 and score['total'] >= 10 * N, lambda: f'{score}')
    by_row = {row['row']: row for row in score['rows']}
    require(by_row['web']['met'] == N and by_row['signalling']['met'] == N and by_row['web']['open'] == 0, lambda: f'{by_row}')
    require(not search(json.dumps(score).encode() + scene.box.journal().encode(), scene.secrets), 'a secret in the score or the journal')
    return f'score {score["score"]}, {score["met"]} of {score["total"]} rows'
