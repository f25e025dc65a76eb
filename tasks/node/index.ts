/** What needs Node.js: pictures out of files. */

export { decodePicture, type DecodePictureOptions } from './decode-picture';
