/*
 * rollout: how far the newest settings are on their way, and how careful roll-outs are.
 */
import {html} from '/html.js';
import {t} from '/i18n.js';
import {href} from '/router.js';
import {useResource} from '/resource.js';
import {Heading} from '/ui/shell.js';
import {Facts, Panel, Loaded} from '/ui/panel.js';
import {Empty} from '/ui/words.js';
import {RolloutView, useRollout} from '/ui/rollout_now.js';

const VALUES = ['rollout_mode', 'rollout_share', 'rollout_wait_s', 'rollout_settle_s', 'poll_minutes', 'notify'];

function shown(one) {
    const value = one.value || one.default || '–';
    return one.name === 'rollout_mode' || one.name === 'notify' ? t(`site.${one.name}.${value}`) : value;
}

function Careful() {
    const site = useResource('/site', {on: ['site']});
    return html`
        <${Panel} title=${t('rollout.careful')} hint=${t('rollout.careful.why')} actions=${html`<a class="button" href=${href('/site', {group: 'rollout'})}>${t('rollout.change')}</a>`}>
            <${Loaded} of=${site} show=${data => html`
                <${Facts} rows=${VALUES.map(name => data.values.find(one => one.name === name)).filter(Boolean).map(one => [t(`site.${one.name}`), shown(one)])} />`} />
        </${Panel}>`;
}

/** The page. */
export default function Rollout() {
    const rollout = useRollout();
    return html`
        <${Heading} title=${t('nav.rollout')} sub=${t('rollout.lead')} />
        <${Panel} title=${t('rollout.now.title')}>
            <${Loaded} of=${rollout} show=${data => data.state === 'none'
                ? html`<${Empty} title=${t('rollout.none')} text=${t('rollout.none.text')} />`
                : html`<${RolloutView} rollout=${data} onChange=${rollout.reload} />`} />
        </${Panel}>
        <${Careful} />`;
}
