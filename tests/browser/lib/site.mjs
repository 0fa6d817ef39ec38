/*
 * site: an appliance with something to see on every page: phones in each state, settings with a history, people, alarms.
 *
 *   await furnish()            through provostctl and the phones themselves, as it comes about in a real site
 *   CURRENT, WAITING, …        the phones
 */
import crypto from 'node:crypto';
import {stage, ctl} from './stage.mjs';

export const CURRENT = '000413AA0001';
export const SECOND = '000413AA0002';
export const WAITING = '000413AA0003';
export const EXPECTED = '000413AA0004';
export const SEEN = '000413AA0006';
export const REVOKED = '000413AA0005';

const secret = () => crypto.randomBytes(9).toString('hex');
const CSV = `mac,name,model,sip_user,sip_secret
${CURRENT},Reception,snomD785,u0001,${secret()}
${SECOND},Meeting room,snomD785,u0002,${secret()}
${REVOKED},Store room,snomD735,u0005,${secret()}
`;

export async function furnish() {
    await stage.appliance({configured: true});
    await ctl('phone', 'import', '-', '--approve', {stdin: CSV});
    await Promise.all([CURRENT, SECOND].map(mac => stage.plug_in({mac})));
    await stage.plug_in({mac: SEEN});
    // Somebody typed our address into it: it asks for its settings.
    await stage.plug_in({mac: WAITING, factory: {setting_server: 'https://10.20.0.1/{mac}.xml'}});
    await ctl('phone', 'expect', '-', {stdin: `${EXPECTED}\n`});
    await ctl('phone', 'revoke', REVOKED, '--stolen');
    await ctl('settings', 'set', 'profile', 'sales', 'fkey[0]{label=Anna}:RW=speed 101');
    await ctl('settings', 'set', 'phone', CURRENT, 'ring_sound=Ringer2');
    await ctl('row', 'off', 'keyboard-lock', 'profile', 'lobby', '--reason', 'public phones have no PIN');
    await ctl('reach', 'add', 'site', '192.168.10.5', 'udp', '5060', '10000-20000');
    await Promise.all([CURRENT, SECOND].map(mac => stage.wait_current({mac})));
    await stage.wait_state({mac: WAITING, state: 'waiting'});
}
