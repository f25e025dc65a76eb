/** A clock that agrees with a chain whose time was moved ahead: wallets let messages expire by it. */
const ahead = Number(process.env['CHAIN_AHEAD_MS'] ?? 0);
const now = Date.now.bind(Date);
Date.now = () => now() + ahead;
