/** The commands of owners: `cocoon-provider` and `cocoon-verifier`. */

export { providerProgram, verifierProgram } from './program';
