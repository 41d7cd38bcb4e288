<?php
/**
 * The route sync-settings.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Takes the settings as the app knows them; the later change wins.
 */
class IGNY8_Sync_Settings {

	/**
	 * Takes them.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When they are not as the contract says; then none is taken.
	 */
	public static function answer( $request ) {
		$data     = $request->get_json_params();
		$settings = isset( $data['settings'] ) ? $data['settings'] : null;
		if ( ! is_array( $settings ) ) {
			IGNY8_Payload::refuse( 'settings' );
		}
		$changed_by = isset( $data['changed_by'] ) && is_string( $data['changed_by'] ) ? sanitize_text_field( $data['changed_by'] ) : '';
		if ( '' === $changed_by ) {
			IGNY8_Payload::refuse( 'changed_by' );
		}
		$changed_at = self::time( isset( $data['changed_at'] ) ? $data['changed_at'] : '' );

		list( $values, $problems ) = IGNY8_Settings::validate( $settings );
		if ( array() !== $problems ) {
			throw new IGNY8_Exception( 'SETTINGS_INVALID', $problems[0]['message'], 422, null, compact( 'problems' ) );
		}
		$applied = IGNY8_Settings::changed_in_app( $values, $changed_at, mb_substr( $changed_by, 0, 200 ) );
		return array_merge( array( 'settings' => IGNY8_Settings::for_wire() ), IGNY8_Settings::last_change(), compact( 'applied' ) );
	}

	/**
	 * The time of the change.
	 *
	 * @param mixed $value ISO 8601, UTC.
	 * @return string Whole seconds.
	 * @throws IGNY8_Exception When it is not a time, or one in the future, which would win against every later change.
	 */
	private static function time( $value ) {
		$mysql = is_string( $value ) ? IGNY8_Payload::date( $value, 'changed_at' ) : '';
		if ( '' === $mysql || strtotime( $mysql . ' UTC' ) > time() + IGNY8_Settings::CLOCK_SECONDS ) {
			IGNY8_Payload::refuse( 'changed_at' );
		}
		return str_replace( ' ', 'T', $mysql ) . 'Z';
	}
}
