/** The command of owners: `cocoon-provider`. */

export { providerProgram } from './program';
