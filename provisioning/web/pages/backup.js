/*
 * backup: everything of the appliance in one encrypted file: made now or each day, tried, and restored.
 */
import {html, useState} from '/html.js';
import {t, word} from '/i18n.js';
import {dateTime} from '/format.js';
import {may, setup} from '/session.js';
import {Heading} from '/ui/shell.js';
import {Mark, Said} from '/ui/words.js';
import {Panel, Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {isBusy, useBackup} from '/pages/backup/state.js';
import {Going, Make} from '/pages/backup/make.js';
import {Schedule} from '/pages/backup/schedule.js';
import {Content, Restore} from '/pages/backup/restore.js';

function Outcomes({list}) {
    return html`
        <${Panel} title=${t('backup.last')}>
            <${Listing} caption=${t('backup.last')} rows=${list} empty=${t('backup.last.none')} columns=${[
                {name: t('core.time'), head: true, cell: one => dateTime(one.at)},
                {name: t('backup.kind'), cell: one => html`<${Mark} kind=${one.result === 'done' ? 'good' : 'bad'} text=${word('backup.kind', `${one.kind}.${one.result}`)} />`},
                {name: t('backup.place'), cell: one => one.kind === 'backup' ? word('backup.place', one.place) : ''},
                {name: t('backup.name'), cell: one => one.name && html`<code class="long">${one.name}</code>`},
                {name: t('backup.what'), cell: one => html`<${Said} text=${one.text} />`},
            ]} />
        </${Panel}>`;
}

/* A restore that was just done, or failed, is said first: whoever signs in after it wants to know. */
function LastRestore({list}) {
    const one = list.find(outcome => outcome.kind === 'restore');
    return one && one === list.find(outcome => outcome.kind !== 'drill') && html`
        <${Notice} kind=${one.result === 'done' ? 'good' : 'bad'}><p><b>${word('backup.kind', `restore.${one.result}`)}</b> ${dateTime(one.at)}</p><p><${Said} text=${one.text} /></p></${Notice}>`;
}

/** The page. */
export default function Backup() {
    const [hurry, setHurry] = useState(false);
    const backup = useBackup(hurry);
    const fresh = setup.value && !setup.value.site_complete;
    return html`
        <${Heading} title=${t('nav.backup')} sub=${t('backup.lead')} />
        ${fresh && html`<${Notice}><p>${t('backup.new-box')} <a href="#/">${t('backup.new-box.back')}</a></p></${Notice}>`}
        <${Loaded} of=${backup} lines=${10} show=${state => html`
            <${LastRestore} list=${state.last} />
            ${state.staged && html`<${Notice} kind="warn"><p><b>${t('backup.staged')}</b></p><${Content} content=${state.staged} /></${Notice}>`}
            ${isBusy(state) && html`<${Going} state=${state} />`}
            ${!fresh && html`<${Make} state=${state} hurry=${setHurry} reload=${backup.reload} />
                <${Schedule} state=${state} set=${backup.set} />`}
            ${may('owner') && html`<${Restore} />`}
            ${!fresh && html`<${Outcomes} list=${state.last} />`}`} />`;
}
