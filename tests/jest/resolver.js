/**
 * Packages that name a file for import alone are transformed to what require takes. What is imported
 * when it is needed is named as the compiled file.
 */
module.exports = (path, options) => {
    try {
        return options.defaultResolver(path, options);
    } catch (error) {
        const conditions = [...(options.conditions ?? []), 'module-sync', 'import'];
        const source = path.startsWith('.') ? path.replace(/\.js$/, '') : path;
        try {
            return options.defaultResolver(source, { ...options, conditions });
        } catch {
            throw error;
        }
    }
};
