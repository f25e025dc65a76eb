export { serviceVerb } from './service';
