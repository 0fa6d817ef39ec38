/*
 * phone/way: the stations on a phone's way, what is behind it and what is not, at one look.
 */
import {html, classes} from '/html.js';
import {t} from '/i18n.js';
import {Ago} from '/ui/words.js';
import {Icon} from '/ui/icon.js';

const ORDER = ['seen', 'approved', 'enrolled', 'connected', 'current'];
const REACHED = {seen: 1, expected: 0, waiting: 1, approved: 2, enrolled: 3, connected: 4, current: 5, revoked: 0};

/** See above. */
export function PhoneWay({phone, missing}) {
    const done = REACHED[phone.state] ?? 0;
    const at = {seen: phone.seen_at, approved: phone.approved_at, enrolled: phone.enrolled_at, connected: phone.connected_at, current: phone.served_at};
    return html`
        <ol class=${classes('phone-way', phone.state === 'revoked' && 'revoked')} aria-label=${t('phone.way')}>
            ${ORDER.map((name, i) => {
                const heard = name !== 'seen' || phone.seen_at || done > 2;
                const is = i < done && heard ? 'done' : i === done && missing ? 'missing' : 'open';
                return html`
                    <li key=${name} class=${is}>
                        <span class="dot"><${Icon} name=${is === 'done' ? 'check' : is === 'missing' ? 'warning' : 'more'} /></span>
                        <span><b>${t(`phone.way.${name}`)}</b><small>${is === 'done' ? html`<${Ago} at=${at[name]} />` : t(is === 'missing' ? 'phone.way.missing' : 'phone.way.open')}</small></span>
                    </li>`;
            })}
        </ol>`;
}
