/* What a page needs now and then, loaded together when it does. */

export { askWhyNoBid } from '../ask-why-no-bid';
export { cancelJob } from '../cancel-job';
export { disputeJob, quoteDispute } from '../dispute-job';
export { recoverJob } from '../recover-job';
