/** Packages that name a file for import alone are transformed to what require takes. */
module.exports = (path, options) => {
    try {
        return options.defaultResolver(path, options);
    } catch (error) {
        const conditions = [...(options.conditions ?? []), 'module-sync', 'import'];
        try {
            return options.defaultResolver(path, { ...options, conditions });
        } catch {
            throw error;
        }
    }
};
