/** Models that everybody may name: their manifests, and how their files are had. */
export {};
