import * as z from 'zod';

// Without it zod tries `new Function`, which the policy of the page forbids and reports. It has to
// run before anything is parsed: pages import this file first.
z.config({ jitless: true });
