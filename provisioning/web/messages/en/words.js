/* words: what the stations' fixed words mean. */
export default {
    'state.seen': 'Seen',
    'state.expected': 'Expected',
    'state.waiting': 'Waiting',
    'state.approved': 'Approved',
    'state.enrolled': 'Enrolled',
    'state.connected': 'Connected',
    'state.current': 'Current',
    'state.revoked': 'Revoked',
};
