/* door: Anmelden, Einladungen, zweiter Faktor. */
export default {
    'door.sign-in': 'Anmelden',
    'door.name': 'Name',
    'door.password': 'Kennwort',
    'door.code': 'Code',
    'door.code.why': 'Die sechs Ziffern, die Ihre Authenticator-App gerade zeigt.',
    'door.recovery': 'Wiederherstellungscode',
    'door.recovery.why': 'Einer der zehn Codes, die Sie beim ersten Mal aufgehoben haben. Jeder gilt einmal.',
    'door.use-recovery': 'Stattdessen einen Wiederherstellungscode nehmen',
    'door.use-code': 'Stattdessen die Authenticator-App nehmen',
    'door.help': 'Eingeladen, oder einen neuen Code bekommen? {link}. Ein verlorenes Kennwort wird an der Konsole des Geräts zurückgesetzt: provostctl user reset NAME.',
    'door.invited': 'Hier das Kennwort wählen',
};
