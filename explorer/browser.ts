/** What a page that shows an index needs: the shapes of its answers, and how to check them. */

export * from './wire';
export { verifyJob, type JobVerification, type VerifyJobRequest } from './verify-job';
