/*
 * preview: what one phone gets, with where each value comes from, what lint says of it, and how far it is hardened.
 *
 *   html`<${Preview} />`      the phone is searched for here
 */
import {html, useState, useId} from '/html.js';
import {t, word} from '/i18n.js';
import {mac, number} from '/format.js';
import {href} from '/router.js';
import {useResource} from '/resource.js';
import {Meter} from '/ui/meter.js';
import {Said} from '/ui/words.js';
import {Loaded} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {PhonePicker} from '/ui/phone_picker.js';
import {Findings, settingName} from '/ui/findings.js';

const COLUMNS = () => [
    {name: t('settings.setting'), head: true, sort: settingName, cell: one => html`<code>${settingName(one)}</code>`},
    {name: t('settings.value'), cell: one => one.secret ? t('settings.kept-secret') : html`<code class="long">${one.value === '' ? t('settings.empty') : one.value}</code>`},
    {name: t('settings.permission'), cell: one => t(`settings.permission.${one.permission || 'none'}`)},
    {name: t('settings.from'), whole: true, sort: one => one.origin, cell: one => `${word('settings.layer', one.origin)}${one.owner && one.origin !== 'phone' ? ` ${one.owner}` : ''}`},
];

function Shown({data}) {
    const id = useId();
    const [text, setText] = useState('');
    const rows = data.settings.filter(one => `${settingName(one)} ${one.secret ? '' : one.value} ${one.origin} ${one.owner}`.toLowerCase().includes(text.toLowerCase()));
    return html`<div class="preview">
        <h3><a href=${href(`/phones/${data.phone.mac}`)}>${data.phone.name || mac(data.phone.mac)}</a></h3>
        <p>${t('settings.score', {met: number(data.hardening_met), total: number(data.hardening_total)})}</p>
        <${Meter} label=${t('settings.score.name')} part=${data.hardening_met} whole=${data.hardening_total} />
        <${Findings} findings=${data.findings} />
        ${data.hardening.some(one => one.state === 'open' || one.state === 'waived') && html`
            <ul class="plain-list">${data.hardening.filter(one => one.state === 'open' || one.state === 'waived').map(one => html`
                <li key=${one.row}><b>${word('row', one.row)}</b> – ${word('row-state', one.state)}: <${Said} text=${one.missing} /></li>`)}</ul>`}
        <div class="field"><label for=${id}>${t('settings.filter')}</label>
            <input id=${id} type="search" value=${text} onInput=${event => setText(event.target.value)} /></div>
        <${Listing} caption=${t('settings.preview')} rows=${rows} id=${settingName} columns=${COLUMNS()} step=${100} empty=${t('settings.none-found')} /></div>`;
}

function Of({phone}) {
    const one = useResource(`/phones/${phone}/settings`, {on: ['phone', 'settings', 'profile', 'site'], key: phone});
    return html`<${Loaded} of=${one} show=${data => html`<${Shown} data=${data} />`} />`;
}

/** See above. */
export function Preview() {
    const [phone, setPhone] = useState(null);
    return html`
        <${PhonePicker} label=${t('settings.preview.phone')} onPick=${one => setPhone(one.mac)} />
        ${phone && html`<${Of} key=${phone} phone=${phone} />`}`;
}
