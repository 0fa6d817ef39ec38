/*
 * data: where everything is kept, whether a stolen disk can be read, the recovery key, other disks, and the way back to a box without any data.
 */
import {html} from '/html.js';
import {send} from '/api.js';
import {t, word} from '/i18n.js';
import {bytes} from '/format.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask, Dialog, openDialog} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Meter} from '/ui/meter.js';
import {Mark, Said} from '/ui/words.js';
import {Facts, Panel, Loaded, Notice} from '/ui/panel.js';
import {useAct} from '/ui/act.js';
import {newRecoveryKey} from '/pages/data/recovery.js';
import {Disks} from '/pages/data/disks.js';

const KINDS = {tpm: 'good', recovery: 'warn', none: 'warn'};

/** good | warn | bad: how full the data partition is. */
export function fullKind({size, free}) {
    const share = size ? free / size : 1;
    return share < 0.05 ? 'bad' : share < 0.1 ? 'warn' : 'good';
}

function Key({data, reload}) {
    const {busy, act} = useAct();
    const make = async () => {
        if (await newRecoveryKey(act))
            reload();
    };
    return html`
        <${Panel} title=${t('data.key')} hint=${t('data.key.why')}>
            <p><${Mark} kind=${data.recovery_key_waits ? 'bad' : 'good'} text=${t(data.recovery_key_waits ? 'data.key.waits' : 'data.key.read')} /></p>
            ${may('owner') ? html`<p><button type="button" class=${data.recovery_key_waits ? 'primary' : ''} disabled=${busy} onClick=${make}><${Icon} name="key" />${t(data.recovery_key_waits ? 'data.key.show' : 'data.key.new')}</button></p>`
                : html`<p class="hint">${t('data.key.owner')}</p>`}
        </${Panel}>`;
}

function Kept({data, reload}) {
    const used = t('data.free', {free: bytes(data.free), total: bytes(data.size)});
    const kind = fullKind(data);
    return html`
        <${Panel} title=${t('data.kept')} hint=${t('data.kept.why')}>
            <p><${Mark} kind=${KINDS[data.encryption] ?? 'warn'} text=${word('data.encryption', data.encryption)} /></p>
            <p><${Said} text=${data.text} /></p>
            <${Facts} rows=${[[t('data.place'), word('data.place', data.place)], [t('data.space'), used]]} />
            <${Meter} label=${t('data.space')} part=${data.size - data.free} whole=${data.size} kind=${kind === 'good' ? 'info' : kind} text=${used} />
            ${kind !== 'good' && html`<${Notice} kind=${kind}><p>${t('data.full')}</p></${Notice}>`}
        </${Panel}>
        ${data.encryption !== 'none' && html`<${Key} data=${data} reload=${reload} />`}`;
}

function Gone({close}) {
    return html`
        <${Dialog} title=${t('reset.begun')} onClose=${() => close(true)}>
            <div class="dialog-body" role="status"><p>${t('reset.begun.text')}</p><p>${t('reset.begun.where')}</p></div>
            <footer><button type="button" class="primary" onClick=${() => close(true)}>${t('core.close')}</button></footer>
        </${Dialog}>`;
}

function Reset({site, container}) {
    const {busy, act} = useAct();
    const name = site?.name || 'Site';
    const press = async () => {
        const yes = await ask({title: t('reset.title'), text: [t('reset.gone'), t('reset.phones'), t('reset.stays')], action: t('reset.do'), danger: true, type: name});
        if (yes && await act(() => send('POST', '/data/factory-reset', {site: name})))
            openDialog(close => html`<${Gone} close=${close} />`);
    };
    return html`
        <${Panel} title=${t('reset')} hint=${t('reset.why')}>
            ${container && html`<${Notice}><p>${t('reset.container')}</p></${Notice}>`}
            <p>${t('reset.first')} <a href="#/backup">${t('nav.backup')}</a></p>
            <p><button type="button" class="danger" disabled=${busy || !site} onClick=${press}><${Icon} name="trash" />${t('reset.open')}</button></p>
        </${Panel}>`;
}

/** The page. */
export default function Data({overview}) {
    const data = useResource('/data', {on: ['update'], every: 30});
    return html`
        <${Heading} title=${t('nav.data')} sub=${t('data.lead')} />
        <${Loaded} of=${data} lines=${6} show=${one => html`<${Kept} data=${one} reload=${data.reload} />`} />
        ${may('admin') && html`<${Disks} />`}
        ${may('owner') && html`<${Reset} site=${overview.data?.site} container=${data.data?.place === 'container'} />`}`;
}
