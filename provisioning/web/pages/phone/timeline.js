/*
 * phone/timeline: what happened, newest first, in plain words; beside it the facts of now and the tunnel.
 */
import {html, useState} from '/html.js';
import {t, tn, word, has} from '/i18n.js';
import {bytes, clock, date, duration, now, number, percent} from '/format.js';
import {useResource} from '/resource.js';
import {Ago, Empty, Failed, Loading, Mark, Shape} from '/ui/words.js';

const BAD = /refused|silent|failed|conflict|decline|nak|flood|alarm|stuck|ended|closed|undone|missing|held/;
const GOOD = /^(approved|enrolled|tunnel-up|served|settings-served|renewed|rule)$/;

function tone(name) {
    return BAD.test(name) ? 'bad' : GOOD.test(name) ? 'good' : name === 'revoked' ? 'warn' : 'info';
}

/** See above. */
export function Timeline({phone, timeline}) {
    const [all, setAll] = useState(false);
    const events = [...(timeline.data?.events ?? [])].reverse();
    const shown = all ? events : events.slice(0, 30);
    return html`
        <div class="phone-columns">
            <section class="card" aria-label=${t('phone.timeline')}>
                <h2>${t('phone.timeline')}</h2>
                <${Failed} error=${timeline.error} retry=${timeline.reload} />
                ${!timeline.data ? html`<${Loading} lines=${6} />` : !events.length ? html`<${Empty} title=${t('phone.timeline.none')} />` : html`
                    <ol class="timeline">${shown.map(event => html`
                        <li key=${`${event.at_ms}-${event.word}-${event.detail}`}>
                            <${Shape} name=${tone(event.word)} />
                            <time datetime=${new Date(event.at_ms).toISOString()}>${clock(event.at_ms / 1000)}</time>
                            <div><b>${word('event', event.word)}</b> <small class="faint">${word('station', event.station)}</small>
                                ${event.detail && html`<div class="detail mono" lang="en" translate="no">${event.detail}</div>`}</div>
                        </li>`)}</ol>
                    ${events.length > shown.length && html`<button class="plain" onClick=${() => setAll(true)}>${tn('phone.timeline.more', events.length - shown.length)}</button>`}`}
            </section>
            <div class="stack"><${Facts} phone=${phone} /><${TunnelNow} phone=${phone} /></div>
        </div>`;
}

function Facts({phone}) {
    const end = phone.certificate_not_after;
    const left = end ? end - now() : null;
    return html`
        <section class="card" aria-label=${t('phone.facts')}>
            <h2>${t('phone.facts')}</h2>
            <dl class="facts">
                ${phone.waiting_for && html`<dt>${t('phone.waiting-for')}</dt><dd lang="en">${phone.waiting_for}</dd>`}
                <dt>${t('phone.lan-address')}</dt><dd class="mono">${phone.lan_address ?? '–'}</dd>
                <dt>${t('phone.tunnel-address')}</dt><dd class="mono">${phone.tunnel_address ?? '–'}</dd>
                <dt>${t('phone.profiles')}</dt><dd>${phone.profiles.join(', ') || '–'}</dd>
                <dt>${t('phone.sip-user')}</dt><dd>${phone.sip_user || '–'}</dd>
                <dt>${t('phone.revision')}</dt><dd>${phone.revision_served === phone.revision
                    ? html`<${Mark} kind="good" text=${number(phone.revision)} />` : t('phone.revision.behind', {has: phone.revision_served || '–', wants: phone.revision})}</dd>
                <dt>${t('phone.certificate')}</dt><dd>${end ? html`<${Mark} kind=${left < 0 ? 'bad' : left < 30 * 86400 ? 'warn' : 'good'} text=${t('phone.certificate.until', {date: date(end)})} />` : '–'}
                    ${phone.next_not_after && html`<br /><small>${t('phone.certificate.next', {date: date(phone.next_not_after)})}</small>`}</dd>
                ${phone.window_until && html`<dt>${t('phone.window')}</dt><dd><${Ago} at=${phone.window_until} /></dd>`}
                <dt>${t('phone.vpn-class')}</dt><dd>${has(`vpn.${phone.vpn_class}`) ? t(`vpn.${phone.vpn_class}`) : phone.vpn_class}</dd>
                <dt>${t('phone.added')}</dt><dd><${Ago} at=${phone.added_at} /></dd>
            </dl>
        </section>`;
}

function TunnelNow({phone}) {
    const tunnel = useResource(['connected', 'current'].includes(phone.state) ? `/phones/${phone.mac}/tunnel` : null, {on: ['phone'], key: phone.mac, every: 30});
    if (!tunnel.data)
        return tunnel.error ? html`<${Failed} error=${tunnel.error} />` : null;
    const {tunnel: up, quality} = tunnel.data;
    if (!up)
        return html`<section class="card"><h2>${t('phone.tunnel')}</h2><${Mark} kind="warn" text=${t('phone.tunnel.down')} /></section>`;
    const lost = quality ? quality.sent - quality.answered : 0;
    return html`
        <section class="card" aria-label=${t('phone.tunnel')}>
            <h2>${t('phone.tunnel')}</h2>
            <dl class="facts">
                <dt>${t('phone.tunnel.since')}</dt><dd>${duration(now() - up.since)}</dd>
                <dt>${t('phone.tunnel.from')}</dt><dd class="mono">${up.peer}</dd>
                <dt>${t('phone.tunnel.cipher')}</dt><dd>${[up.cipher, up.protocol, up.version].filter(Boolean).join(' · ')}</dd>
                <dt>${t('phone.tunnel.bytes')}</dt><dd>${t('phone.tunnel.in-out', {in: bytes(up.bytes_in), out: bytes(up.bytes_out)})}</dd>
                ${quality && html`
                    <dt>${t('phone.tunnel.loss')}</dt><dd><${Mark} kind=${lost === 0 ? 'good' : lost * 20 > quality.sent ? 'bad' : 'warn'} text=${t('phone.tunnel.loss.of', {share: percent(lost, quality.sent), sent: quality.sent})} /></dd>
                    <dt>${t('phone.tunnel.latency')}</dt><dd>${quality.mean_ms === null ? '–' : t('phone.tunnel.latency.of', {mean: number(quality.mean_ms, 1), least: number(quality.least_ms, 1), most: number(quality.most_ms, 1)})}</dd>`}
                <dt>${t('phone.tunnel.reach')}</dt><dd lang="en">${up.reach}</dd>
            </dl>
        </section>`;
}
