/*
 * hardening_rows: the rows of the hardening profile, and their switches for one scope.
 *
 *   ROWS                                             their names, in the order of docs/hardening.md
 *   html`<${RowSwitches} scope="site" owner="-" />`    each row with its switch: as above, on, off with a reason
 */
import {html} from '/html.js';
import {send} from '/api.js';
import {t, tn, word} from '/i18n.js';
import {date} from '/format.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {toast} from '/ui/toast.js';
import {Loaded} from '/ui/panel.js';
import {Mark} from '/ui/words.js';
import {useAct} from '/ui/act.js';

/** All of them. */
export const ROWS = ['web', 'hidden-tags', 'admin-mode', 'service', 'menus', 'keyboard-lock', 'signalling', 'media', 'vpn', 'sources', 'servers', 'boot', 'noise', 'seals'];

const REASON_LEAST = 8;

/* Asks what it would touch first, then for the reason. */
async function change(path, row, state) {
    const trial = t('hardening.trial');
    const {body} = await send('PUT', path, {state, dry_run: true, ...(state === 'off' && {reason: trial})});
    const given = await ask({
        title: t(`hardening.ask.${state}`, {row: word('row', row)}),
        text: [t(`row.${row}.why`), tn('settings.touches', body.phones)],
        action: t(`hardening.do.${state}`), danger: state === 'off',
        fields: [{name: 'reason', label: t('part.reason'), why: t(state === 'off' ? 'hardening.reason.why' : 'part.reason.why'), required: state === 'off', least: REASON_LEAST}],
    });
    if (!given)
        return null;
    return (await send('PUT', path, {state, ...(given.reason && {reason: given.reason})})).body;
}

/* What can be pressed: the opposite of what is said here; on, too, where a layer before may have it off; and back to saying nothing. */
function offered(scope, kept) {
    if (kept)
        return [kept.on ? 'off' : 'on', 'inherit'];
    return scope === 'site' ? ['off'] : ['on', 'off'];
}

function Switch({row, kept, scope, path, onDone}) {
    const {busy, act} = useAct();
    const state = kept ? (kept.on ? 'on' : 'off') : 'inherit';
    const press = async wanted => {
        const answer = await act(() => change(path, row, wanted));
        if (answer && answer !== true) {
            toast(scope === 'phone' ? t('settings.stored-phone') : t('settings.stored', {revision: answer.revision, phones: tn('settings.phones', answer.phones)}));
            onDone();
        }
    };
    return html`
        <li class="row-switch">
            <div><p><b>${t(`row.${row}`)}</b> <span class="faint">${t(scope === 'site' && !kept ? 'hardening.state.built-in' : `hardening.state.${state}`)}</span></p>
                <p class="hint">${t(`row.${row}.why`)}</p>
                ${kept && !kept.on && html`<p><${Mark} kind="warn" text=${t('hardening.off-by', {who: kept.actor, when: date(kept.at), why: kept.reason})} /></p>`}</div>
            ${may('admin') && html`<div class="actions">${offered(scope, kept).map(one => html`
                <button key=${one} type="button" class="small" disabled=${busy} onClick=${() => press(one)}>${t(`hardening.do.${one}`)}<span class="spoken"> ${t(`row.${row}`)}</span></button>`)}</div>`}
        </li>`;
}

/** See above. owner: "-" for the site. */
export function RowSwitches({scope, owner}) {
    const list = useResource('/rows', {on: ['settings', 'profile', 'site', 'phone']});
    const of = data => new Map(data.rows.filter(one => one.scope === scope && (one.owner || '-') === owner).map(one => [one.row, one]));
    return html`<${Loaded} of=${list} show=${data => {
        const kept = of(data);
        return html`<ul class="row-switches">${ROWS.map(row => html`
            <${Switch} key=${row} row=${row} scope=${scope} kept=${kept.get(row)} path=${`/scopes/${scope}/${encodeURIComponent(owner)}/rows/${row}`} onDone=${list.reload} />`)}</ul>`;
    }} />`;
}
