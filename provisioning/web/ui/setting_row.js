/*
 * setting_row: one setting of a scope, changed where it stands.
 *
 *   html`<${SettingRow} one=${change} entry=${book.find(name)} base=${there or null} findings=${[…]} may=${true}
 *       onChange=${next => …} onRemove=${…} onUndo=${…} />`
 *
 * In:  a row of the draft (draft_settings.js): name, index, value, permission, attributes; value null: taken away.
 * Not: nothing is sent from here.
 */
import {html, useState, useId, classes} from '/html.js';
import {t} from '/i18n.js';
import {Icon} from '/ui/icon.js';
import {Mark, Said} from '/ui/words.js';
import {Findings, settingName} from '/ui/findings.js';
import {choices, takesNumber} from '/ui/catalogue.js';

const PARTS = ['fkey', 'tbook', 'dialplan', 'replacement', 'certificate', 'upload'];

function Secret({props, one, base, onInput}) {
    const [open, setOpen] = useState(false);
    return html`
        <input ...${props} type=${open ? 'text' : 'password'} autocomplete="new-password" spellcheck=${false} value=${one.value ?? ''}
            placeholder=${base?.secret ? t('settings.kept-secret') : ''} onInput=${onInput} />
        <button type="button" class="plain small" aria-pressed=${String(open)} onClick=${() => setOpen(!open)}>
            <${Icon} name="eye" label=${t('settings.show-typed')} /></button>`;
}

/* The fitting control for what the value can be. */
function Value({one, entry, base, props, onChange}) {
    const put = event => onChange({...one, value: event.target.value});
    const list = choices(entry);
    if (list)
        return html`<select ...${props} onChange=${put}>
            ${(list.includes(one.value) ? list : [one.value ?? '', ...list]).map(value => html`
                <option key=${value} value=${value} selected=${value === one.value}>${value || t('settings.empty')}</option>`)}</select>`;
    if (entry?.secret || base?.secret)
        return html`<${Secret} props=${props} one=${one} base=${base} onInput=${put} />`;
    if ((one.value ?? '').length > 60 || one.name === 'certificate' || one.name === 'replacement')
        return html`<textarea ...${props} rows="3" spellcheck=${false} onInput=${put}>${one.value}</textarea>`;
    return html`<input ...${props} type="text" autocomplete="off" spellcheck=${false} value=${one.value ?? ''} onInput=${put}
        inputmode=${entry?.type === 'number' || entry?.type === 'pin' ? 'numeric' : null} />`;
}

function Known({entry}) {
    if (!entry)
        return html`<p class="hint"><${Mark} kind="warn" text=${t('settings.not-known')} /></p>`;
    const facts = [
        entry.values && !choices(entry) && t('settings.range', {values: entry.values}),
        entry.default !== null && t('settings.default', {value: entry.default === '' ? t('settings.empty') : entry.default}),
        entry.recommended !== null && t('settings.recommended', {value: entry.recommended === 'own' ? t('settings.own') : entry.recommended || t('settings.empty')}),
        entry.row && t('settings.row', {row: t(`row.${entry.row}`)}),
    ].filter(Boolean);
    return html`
        <p class="hint"><${Said} text=${entry.purpose} /></p>
        ${facts.length > 0 && html`<p class="faint small">${facts.join(' · ')}</p>`}
        ${entry.where && html`<p class="faint small"><${Said} text=${entry.where} /></p>`}`;
}

/* label=Anna, one a line. */
function attributesText(attributes) {
    return Object.entries(attributes ?? {}).map(([name, value]) => `${name}=${value}`).join('\n');
}

function attributesOf(text) {
    const pairs = text.split('\n').map(line => line.trim()).filter(Boolean).map(line => {
        const at = line.indexOf('=');
        return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    });
    return pairs.length ? Object.fromEntries(pairs) : null;
}

function Attributes({one, onChange}) {
    const id = useId();
    const [text, setText] = useState(attributesText(one.attributes));
    const put = event => {
        setText(event.target.value);
        onChange({...one, attributes: attributesOf(event.target.value)});
    };
    return html`
        <div class="field"><label for=${id}>${t('settings.attributes')}</label>
            <textarea id=${id} rows="2" spellcheck=${false} placeholder="label=Anna" value=${text} onInput=${put}></textarea></div>`;
}

function Fields({one, entry, base, isNew, onChange, focus, invalid}) {
    const id = useId();
    const number = takesNumber(entry);
    return html`
        <div class="setting-fields">
            ${isNew && number !== 'no' && html`
                <div class="field narrow"><label for=${`${id}-n`}>${t(entry?.index === 'identity' ? 'settings.account' : 'settings.number')}</label>
                    <input id=${`${id}-n`} type="number" min="0" max="65535" required=${number === 'must'} value=${one.index ?? ''}
                        onInput=${event => onChange({...one, index: event.target.value === '' ? null : Number(event.target.value)})} /></div>`}
            <div class="field wide"><label for=${`${id}-v`}>${t('settings.value')}</label>
                <div class="control"><${Value} one=${one} entry=${entry} base=${base} onChange=${onChange}
                    props=${{id: `${id}-v`, maxlength: 65536, 'aria-invalid': invalid ? 'true' : null, autofocus: focus || null}} /></div></div>
            <div class="field"><label for=${`${id}-p`}>${t('settings.permission')}</label>
                <select id=${`${id}-p`} onChange=${event => onChange({...one, permission: event.target.value})}>
                    ${['R', 'RW', '!', ''].map(flag => html`<option key=${flag} value=${flag} selected=${flag === (one.permission ?? '')}>${t(`settings.permission.${flag || 'none'}`)}</option>`)}
                </select></div>
            ${(PARTS.includes(one.name) || one.attributes) && html`<${Attributes} one=${one} onChange=${onChange} />`}
        </div>`;
}

/* Somebody else set it meanwhile: theirs beside mine. */
function Theirs({one, base, onUndo}) {
    return html`
        <div class="notice warn" role="status"><p>${base ? t('settings.theirs', {value: base.secret ? t('settings.kept-secret') : base.value}) : t('settings.theirs-gone')}</p>
            <button type="button" class="small" onClick=${onUndo}>${t('settings.take-theirs')}</button></div>`;
}

/** See above. */
export function SettingRow({one, entry, base, findings, changed, may, conflict, refused, onChange, onRemove, onUndo, focus}) {
    const name = settingName(one);
    const gone = one.value === null;
    const bad = refused || findings.some(finding => finding.severity === 'error');
    return html`
        <li class=${classes('setting', changed && 'changed', gone && 'gone', bad && 'wrong')}>
            <div class="setting-head">
                <h3><code>${name}</code></h3>
                ${changed && html`<${Mark} kind=${gone ? 'bad' : 'info'} text=${t(gone ? 'settings.will-go' : base ? 'settings.will-change' : 'settings.will-come')} />`}
                ${may && html`<span class="actions">
                    ${changed && html`<button type="button" class="plain small" onClick=${onUndo}>${t('settings.undo')}<span class="spoken"> ${name}</span></button>`}
                    ${!gone && base && html`<button type="button" class="plain small" onClick=${onRemove}><${Icon} name="trash" label=${t('settings.remove', {name})} /></button>`}
                </span>`}
            </div>
            <${Known} entry=${entry} />
            ${conflict && html`<${Theirs} one=${one} base=${base} onUndo=${onUndo} />`}
            ${gone ? html`<p class="was"><del>${base?.secret ? t('settings.kept-secret') : base?.value}</del></p>`
                : may ? html`<${Fields} one=${one} entry=${entry} base=${base} isNew=${!base} onChange=${onChange} focus=${focus} invalid=${bad} />`
                : html`<p><code>${base?.secret ? t('settings.kept-secret') : one.value}</code> <span class="faint">${t(`settings.permission.${one.permission || 'none'}`)}</span></p>`}
            <${Findings} findings=${findings} />
        </li>`;
}
