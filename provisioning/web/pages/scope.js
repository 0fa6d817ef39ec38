/*
 * scope: the settings of the site, a model, a profile or one phone: changed where they stand, tried while they are typed, saved as one revision.
 */
import {html, useState, useId, useRef, useEffect, classes} from '/html.js';
import {send} from '/api.js';
import {t, tn} from '/i18n.js';
import {mac} from '/format.js';
import {go, href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';
import {Heading} from '/ui/shell.js';
import {Tabs} from '/ui/tabs.js';
import {Empty, Said} from '/ui/words.js';
import {Loaded, Notice} from '/ui/panel.js';
import {useCatalogue} from '/ui/catalogue.js';
import {Findings, settingName} from '/ui/findings.js';
import {useDraft, findingsOf} from '/ui/draft_settings.js';
import {SettingRow} from '/ui/setting_row.js';
import {RowSwitches} from '/ui/hardening_rows.js';
import {Preview} from '/ui/preview.js';
import {useAct} from '/ui/act.js';

const FOUND = 12;
const TABS = {settings: 'settings.tab.settings', rows: 'settings.tab.rows', preview: 'settings.preview'};

function Found({entry, id, chosen, onPick}) {
    return html`
        <li id=${id} role="option" aria-selected=${String(chosen)} class=${classes(chosen && 'chosen')} onMouseDown=${event => event.preventDefault()} onClick=${onPick}>
            <code>${entry.name}</code> <span class="faint"><${Said} text=${entry.purpose} /></span></li>`;
}

/* The search in the catalogue; Enter takes the chosen one, or the word itself when the catalogue does not know it. */
function AddSetting({book, onAdd}) {
    const id = useId();
    const [text, setText] = useState('');
    const [at, setAt] = useState(0);
    const [open, setOpen] = useState(false);
    const name = text.trim();
    const found = book && open ? book.search(name, FOUND) : [];
    const own = open && /^[A-Za-z0-9_.-]{1,63}$/.test(name) && !book?.find(name);
    const options = [...found.map(entry => ({name: entry.name, entry})), ...(own ? [{name, entry: null}] : [])];
    const add = one => {
        onAdd(one.name, one.entry);
        setText('');
        setOpen(false);
    };
    const keys = event => {
        const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
        if (step && options.length) {
            event.preventDefault();
            setAt((at + step + options.length) % options.length);
        } else if (event.key === 'Enter') {
            event.preventDefault();
            if (options[at])
                add(options[at]);
        } else if (event.key === 'Escape' && open) {
            event.preventDefault();
            setOpen(false);
        }
    };
    return html`
        <div class="field picker">
            <label for=${id}>${t('settings.add')}</label>
            <p class="hint" id=${`${id}-why`}>${t('settings.add.why', {n: book?.entries.length ?? 0})}</p>
            <input id=${id} type="text" role="combobox" autocomplete="off" spellcheck=${false} value=${text} placeholder=${t('settings.add.hint')} maxlength="63"
                aria-expanded=${String(options.length > 0)} aria-controls=${`${id}-list`} aria-describedby=${`${id}-why`} aria-autocomplete="list"
                aria-activedescendant=${options.length ? `${id}-${at}` : null} onKeyDown=${keys} onBlur=${() => setOpen(false)} onFocus=${() => setOpen(true)} onInput=${event => {
                    setText(event.target.value);
                    setAt(0);
                    setOpen(true);
                }} />
            <ul id=${`${id}-list`} role="listbox" aria-label=${t('part.found')} class="picks" hidden=${!options.length}>
                ${options.map((one, i) => one.entry
                    ? html`<${Found} key=${one.name} id=${`${id}-${i}`} entry=${one.entry} chosen=${i === at} onPick=${() => add(one)} />`
                    : html`<li key="own" id=${`${id}-${i}`} role="option" aria-selected=${String(i === at)} class=${classes(i === at && 'chosen')}
                        onMouseDown=${event => event.preventDefault()} onClick=${() => add(one)}>${t('settings.add.own', {name})}</li>`)}</ul>
        </div>`;
}

/* What the draft would do, said by the appliance while it is typed. */
function Trial({draft}) {
    const {trial} = draft;
    const others = trial.findings.filter(finding => !draft.rows.some(row => findingsOf([finding], row.one).length));
    return html`
        <div class="trial" role="status" aria-live="polite" aria-busy=${String(trial.asking)}>
            <p><b>${tn('settings.draft', draft.changes.length)}</b></p>
            ${trial.problem ? html`<${Notice} kind="bad"><p>${trial.problem.message}</p>
                    ${trial.problem.status === 409 && html`<p class="actions"><a class="button small" href=${href('/rollout')}>${t('rollout.look')}</a>
                        <button type="button" class="small" onClick=${trial.again}>${t('core.again')}</button></p>`}</${Notice}>`
                : trial.phones !== null ? html`<p><${Icon} name="phone" /> ${tn('settings.touches', trial.phones)}</p>`
                : html`<p class="faint">${t('settings.asking')}</p>`}
            ${trial.findings.length > 0 && html`<p>${tn('settings.findings', trial.findings.length)}</p>`}
            <${Findings} findings=${others} />
        </div>`;
}

function SaveBar({draft, shared}) {
    const id = useId();
    const [reason, setReason] = useState('');
    const {busy, act} = useAct();
    const wrong = draft.trial.problem || draft.trial.findings.some(finding => finding.severity === 'error');
    const save = async event => {
        event.preventDefault();
        const body = await act(() => draft.save(reason.trim()));
        if (!body)
            return;
        setReason('');
        toast(shared ? t('settings.stored', {revision: body.revision, phones: tn('settings.phones', body.phones)}) : t('settings.stored-phone'),
            shared && body.phones > 0 ? {action: [t('rollout.look'), () => go('/rollout')]} : {});
    };
    return html`
        <form class="save-bar" onSubmit=${save}>
            <${Trial} draft=${draft} />
            <div class="field"><label for=${id}>${t('part.reason')}</label><p class="hint" id=${`${id}-why`}>${t('settings.reason.why')}</p>
                <input id=${id} type="text" maxlength="250" autocomplete="off" aria-describedby=${`${id}-why`} value=${reason} onInput=${event => setReason(event.target.value)} /></div>
            <div class="actions">
                <button class="primary" disabled=${busy || draft.trial.asking || wrong} aria-busy=${String(busy)}>
                    ${draft.trial.phones ? tn('settings.save-for', draft.trial.phones) : t('form.save')}</button>
                <button type="button" onClick=${draft.clear}>${t('form.discard')}</button>
            </div>
        </form>`;
}

/* The list itself, with a filter when it is long. */
function Rows({draft, book, fresh}) {
    const id = useId();
    const [text, setText] = useState('');
    const word = text.toLowerCase();
    const rows = draft.rows.filter(row => row.changed || `${settingName(row.one)} ${row.base?.secret ? '' : row.one.value} ${book?.find(row.one.name)?.purpose ?? ''}`.toLowerCase().includes(word));
    const admin = may('admin');
    return html`
        ${draft.rows.length > 8 && html`<div class="field"><label for=${id}>${t('settings.filter')}</label>
            <input id=${id} type="search" value=${text} onInput=${event => setText(event.target.value)} /></div>`}
        ${!rows.length && html`<${Empty} title=${t('settings.nothing')} text=${t('settings.nothing.text')} icon="settings" />`}
        <ul class="settings-list">${rows.map(row => html`
            <${SettingRow} key=${row.id} one=${row.one} base=${row.base} changed=${row.changed} conflict=${row.conflict} may=${admin}
                entry=${book?.find(row.one.name) ?? null} findings=${row.changed ? findingsOf(draft.trial.findings, row.one) : []} focus=${row.id === fresh} refused=${row.changed && draft.trial.problem?.field === row.one.name}
                onChange=${one => draft.put(row.id, one)} onRemove=${() => draft.remove(row.id)} onUndo=${() => draft.undo(row.id)} />`)}</ul>`;
}

function Editor({scope, owner, resource, query}) {
    const book = useCatalogue();
    const draft = useDraft(scope, owner, resource);
    const [fresh, setFresh] = useState(null);
    const list = useRef(null);
    useEffect(() => {
        if (fresh)
            list.current.querySelector('[autofocus]')?.focus();
    }, [fresh]);
    useEffect(() => {
        if (query.set && book)
            setFresh(draft.add(query.set, book.find(query.set), query.value));
    }, [Boolean(book)]);
    return html`
        <div ref=${list}>
            ${may('admin') && html`<${AddSetting} book=${book} onAdd=${(name, entry) => setFresh(draft.add(name, entry))} />`}
            ${draft.dirty && html`<${SaveBar} draft=${draft} shared=${scope !== 'phone'} />`}
            <${Rows} draft=${draft} book=${book} fresh=${fresh} />
        </div>`;
}

async function removeScope(scope, owner, act) {
    const given = await ask({
        title: t('settings.remove-scope', {name: owner}), text: t('settings.remove-scope.text'), action: t('settings.remove-scope.do'), danger: true,
        fields: [{name: 'reason', label: t('part.reason'), why: t('part.reason.why')}],
    });
    if (given && await act(() => send('DELETE', `/scopes/${scope}/${encodeURIComponent(owner)}`, undefined, {query: {reason: given.reason}}), t('settings.removed-scope')))
        go('/settings');
}

/* A profile that nobody made yet has no settings, and comes with its first one. */
function useScope(scope, owner) {
    const scopes = useResource(scope === 'profile' ? '/scopes' : null, {on: ['profile', 'settings']});
    const isThere = scope !== 'profile' || scopes.data?.scopes.some(one => one.scope === scope && one.owner === owner);
    const resource = useResource(isThere ? `/scopes/${scope}/${encodeURIComponent(owner)}/settings` : null, {on: ['settings', 'site', 'profile', 'phone']});
    if (isThere)
        return resource;
    return {...scopes, data: scopes.data && {settings: []}, etag: '*'};
}

function title(scope, owner) {
    return scope === 'site' ? t('settings.of.site') : t(`settings.of.${scope}`, {name: scope === 'phone' ? mac(owner) : owner});
}

/** The page. */
export default function Scope({params, query}) {
    const {scope, owner} = params;
    const [tab, setTab] = useState(query.tab in TABS ? query.tab : 'settings');
    const {busy, act} = useAct();
    const resource = useScope(scope, owner);
    const removable = may('admin') && scope !== 'site' && scope !== 'phone' && resource.data?.settings.length > 0;
    return html`
        <${Heading} title=${title(scope, owner)} sub=${t(`settings.group.${scope}.why`)}>
            ${scope === 'phone' && html`<a class="button" href=${href(`/phones/${owner}`)}>${t('settings.to-phone')}</a>`}
            ${removable && html`<button type="button" class="danger" disabled=${busy} onClick=${() => removeScope(scope, owner, act)}>${t('settings.remove-scope.do')}</button>`}
        </${Heading}>
        <p><a href=${href('/settings')}><${Icon} name="settings" /> ${t('settings.all')}</a></p>
        <${Tabs} label=${t('settings.parts')} value=${tab} onChange=${setTab}
            tabs=${[['settings', t('settings.tab.settings'), resource.data?.settings.length], ['rows', t('settings.tab.rows')], ['preview', t('settings.preview')]]}>
            <h2 class="spoken">${t(TABS[tab])}</h2>
            <div hidden=${tab !== 'settings'}><${Loaded} of=${resource} show=${() => html`<${Editor} scope=${scope} owner=${owner} resource=${resource} query=${query} />`} /></div>
            ${tab === 'rows' && html`<p class="hint">${t('hardening.rows.why')}</p><${RowSwitches} scope=${scope} owner=${owner} />`}
            ${tab === 'preview' && html`<p class="hint">${t('settings.preview.why')}</p><${Preview} />`}
        </${Tabs}>`;
}
