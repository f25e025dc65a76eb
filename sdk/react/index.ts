/** Hooks for React: the same client, as components see it. */

export { useEstimate, type EstimateState } from './use-estimate';
export { useJobs, type JobList } from './use-jobs';
export { useJob, useSubmission, type JobControls, type SubmissionState } from './use-submission';
