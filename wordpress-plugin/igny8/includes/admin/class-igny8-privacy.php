<?php
/**
 * Settings, Privacy.
 *
 * @package IGNY8
 */

/**
 * What a privacy policy should say of the plugin.
 */
class IGNY8_Privacy {

	/**
	 * Suggests a text for the site's privacy policy.
	 */
	public static function add_policy_text() {
		$connection = IGNY8_Connection::get();
		$app        = null === $connection ? __( 'the IGNY8 app', 'igny8' ) : $connection['app'];
		/* translators: %s: address of the app. */
		$sent = sprintf( __( 'This site is connected with %s. Posts, pages and products with their terms, the names and e-mail addresses of the people who write here, and the name of who changed a post or a setting are sent there, so that content can be planned, written and kept in step.', 'igny8' ), $app );
		$text = '<p class="privacy-policy-tutorial">' . esc_html__( 'The plugin sets no cookies, and sends nothing about visitors, commenters or customers.', 'igny8' ) . '</p>'
			. '<p><strong class="privacy-policy-tutorial">' . esc_html__( 'Suggested text:', 'igny8' ) . ' </strong>' . esc_html( $sent ) . '</p>';
		wp_add_privacy_policy_content( __( 'IGNY8', 'igny8' ), $text );
	}
}
