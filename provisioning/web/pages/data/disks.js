/*
 * disks: the disks of this machine, and the running version onto another one of them.
 */
import {html} from '/html.js';
import {send} from '/api.js';
import {t} from '/i18n.js';
import {bytes} from '/format.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Mark, Said} from '/ui/words.js';
import {Loaded, Notice, Panel} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useAct} from '/ui/act.js';
import {Step} from '/pages/update/now.js';
import {isBusy, useUpdate} from '/pages/update/state.js';

const nameOf = disk => disk.device.replace(/^\/dev\//, '');

async function install(disk, act) {
    const what = disk.holds ? html`${t('disks.erase')} <b lang="en">${disk.holds}</b>` : t('disks.empty');
    const yes = await ask({
        title: t('disks.install.title', {device: disk.device}), text: [`${disk.model || '–'}, ${bytes(disk.size)}`, what, t('disks.install.text')],
        action: t('disks.install'), danger: true, type: nameOf(disk),
    });
    return yes && act(() => send('POST', '/disks/install', {device: disk.device, erase: Boolean(disk.holds)}), t('disks.begun'));
}

/** The panel. */
export function Disks() {
    const disks = useResource('/disks', {every: 30});
    const update = useUpdate();
    const {busy, act} = useAct();
    const state = update.data;
    const going = state && isBusy(state);
    const begin = async disk => {
        if (await install(disk, act)) {
            update.reload();
            disks.reload();
        }
    };
    return html`
        <${Panel} title=${t('disks')} hint=${t('disks.why')}>
            <${Loaded} of=${disks} show=${data => html`
                <${Listing} caption=${t('disks')} rows=${data.disks} id=${one => one.device} empty=${t('disks.none')} columns=${[
                    {name: t('disks.device'), head: true, cell: one => html`<code>${one.device}</code>`},
                    {name: t('disks.model'), cell: one => html`${one.model || '–'} ${one.removable && html`<span class="chip">${t('disks.removable')}</span>`}`},
                    {name: t('disks.size'), number: true, cell: one => bytes(one.size)},
                    {name: t('disks.holds'), cell: one => one.running ? html`<${Mark} kind="good" text=${t('disks.running')} />` : one.holds ? html`<${Said} text=${one.holds} />` : t('disks.nothing')},
                    may('owner') && {name: t('part.do'), tight: true, cell: one => !one.running && html`<button type="button" class="small" disabled=${busy || going} onClick=${() => begin(one)}>${t('disks.install')}<span class="spoken"> ${one.device}</span></button>`},
                ].filter(Boolean)} />`} />
            ${!may('owner') && html`<p class="hint">${t('disks.owner')}</p>`}
        </${Panel}>
        ${going && html`<${Step} state=${state} />`}
        ${state && !state.supported && html`<${Notice}><p>${t('disks.not-here')} <${Said} text=${state.reason} /></p></${Notice}>`}`;
}
