/* words: was die festen Wörter der Stationen bedeuten. */
export default {
    'state.seen': 'Gesehen',
    'state.expected': 'Erwartet',
    'state.waiting': 'Wartet',
    'state.approved': 'Zugelassen',
    'state.enrolled': 'Eingetragen',
    'state.connected': 'Verbunden',
    'state.current': 'Aktuell',
    'state.revoked': 'Gesperrt',
};
