/* door: signing in, invitations, second factor. */
export default {
    'door.sign-in': 'Sign in',
    'door.name': 'Name',
    'door.password': 'Password',
    'door.code': 'Code',
    'door.code.why': 'The six digits your authenticator app shows now.',
    'door.recovery': 'Recovery code',
    'door.recovery.why': 'One of the ten codes you kept when you joined. Each works once.',
    'door.use-recovery': 'Use a recovery code instead',
    'door.use-code': 'Use the authenticator instead',
    'door.help': 'Invited, or given a new code? {link}. A lost password is reset at the appliance’s console: provostctl user reset NAME.',
    'door.invited': 'Choose your password here',
};
