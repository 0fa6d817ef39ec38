"""crowd: ten thousand phones in the store, through the page's API."""
import base64
import time

from scene import require

MODELS = ('snomD785', 'snomD862', 'snomD735', 'snom720', 'snomD120', 'snomM900')
ROOMS = ('Reception', 'Storage', 'Office', 'Lab', 'Kitchen', 'Hall', 'Workshop', 'Meeting room')
PART = 5000


def rows_of(first, end):
    return ''.join(f'000413{n:06x};{ROOMS[n % 8]} {n};{MODELS[n % 6]};u{n};{"sales" if n % 3 else "night"}\n' for n in range(first, end))


def gather(owner, phones):
    """Imports so many phones as this person; how many seconds it took."""
    for profile in ('sales', 'night'):
        owner.want(200, 'PUT', f'/scopes/profile/{profile}/settings', {'settings': [{'name': 'language', 'value': 'Deutsch'}]}, match='*')
    began = time.monotonic()
    for first in range(0, phones, PART):
        end = min(phones, first + PART)
        content = base64.b64encode(f'mac;name;model;sip_user;profile\n{rows_of(first, end)}'.encode()).decode()
        answer = owner.want(200, 'POST', '/imports', {'kind': 'phones', 'name': 'phones.csv', 'content': content, 'approve': first % (2 * PART) == 0})
        require(answer['added'] == end - first, lambda: f'{answer["problems"][:2]} {answer["read_problems"][:2]}')
    total = owner.want(200, 'GET', '/phones', query={'limit': 1})['total']
    require(total == phones, lambda: f'{total} phones')
    return time.monotonic() - began
