/** Ready-made work: from what a person has to items, and from outputs to what a person wants. */
export {};
