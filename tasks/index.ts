/**
 * Ready-made work: from what a person has to items, and from outputs to what a person wants. The
 * same in Node and in browsers.
 */

export type { Execute, TaskJob, TaskOutcome } from './execute';
export {
    MAX_PICTURE_PIXELS,
    PictureError,
    readPicture,
    TextSearchError,
    type Picture,
    type PictureText,
    type Point,
    type ReadingStep,
    type ReadPictureRequest,
    type TextLine,
} from './ocr';
