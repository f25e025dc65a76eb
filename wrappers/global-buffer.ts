/*
 * `@ton/core` and what stands on it take `Buffer` from the global scope, as soon as they are
 * imported, and browsers have none. So this is the first import of every door that leads to them.
 */
import './set-buffer';
