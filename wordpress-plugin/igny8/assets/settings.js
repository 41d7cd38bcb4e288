/**
 * Shows the number of the gallery's slider beside it.
 *
 * @package IGNY8
 */

( function () {
	var range  = document.getElementById( 'igny8-limit' );
	var output = document.querySelector( 'output[for="igny8-limit"]' );
	if ( range && output ) {
		range.addEventListener(
			'input',
			function () {
				output.textContent = range.value;
			}
		);
	}
}() );
