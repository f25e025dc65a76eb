/** Reading the text in a picture. */

export { CHARACTERS } from './decode-text';
export { PictureError, TextSearchError } from './errors';
export type { Point } from './geometry';
export { MAX_PICTURE_PIXELS, type Picture } from './picture';
export {
    readPicture,
    type PictureText,
    type ReadingStep,
    type ReadPictureRequest,
    type TextLine,
} from './read-picture';
