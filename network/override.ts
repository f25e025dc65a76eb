/** The same part of libp2p with one method replaced; all others act on the original. */
export function override<T extends object, K extends keyof T>(part: T, name: K, method: T[K]): T {
    return new Proxy(part, {
        get(target, key) {
            if (key === name) return method;
            const value: unknown = Reflect.get(target, key, target);
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
    });
}
