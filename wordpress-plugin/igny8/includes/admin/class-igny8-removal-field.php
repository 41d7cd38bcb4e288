<?php
/**
 * The question of what is left when the plugin is deleted.
 *
 * @package IGNY8
 */

/**
 * One box on the settings page, off until somebody ticks it.
 */
class IGNY8_Removal_Field {

	/**
	 * Registers option and field.
	 */
	public static function register() {
		register_setting(
			IGNY8_Settings_Page::SLUG,
			IGNY8_Removal::OPTION,
			array(
				'type'              => 'string',
				'sanitize_callback' => array( __CLASS__, 'sanitize' ),
			)
		);
		add_settings_section( 'igny8_removal', __( 'When the plugin is deleted', 'igny8' ), '__return_null', IGNY8_Settings_Page::SLUG );
		add_settings_field( 'igny8_removal', __( 'IGNY8 data', 'igny8' ), array( __CLASS__, 'show' ), IGNY8_Settings_Page::SLUG, 'igny8_removal' );
	}

	/**
	 * Takes the form.
	 *
	 * @param mixed $input What was sent.
	 * @return string 1 or 0.
	 */
	public static function sanitize( $input ) {
		return '1' === $input ? '1' : '0';
	}

	/**
	 * Shows the box.
	 */
	public static function show() {
		printf(
			'<input type="hidden" name="%1$s" value="0"><label><input type="checkbox" name="%1$s" value="1"%2$s> %3$s</label><p class="description">%4$s</p>',
			esc_attr( IGNY8_Removal::OPTION ),
			checked( get_option( IGNY8_Removal::OPTION ), '1', false ),
			esc_html__( 'Remove all IGNY8 data when the plugin is deleted', 'igny8' ),
			esc_html__( 'Its tables, settings, connection, clusters, sectors and notes on posts. Posts, pages, products, categories, tags and media always stay. When off, everything is kept, and a new installation goes on where this one stopped.', 'igny8' )
		);
	}
}
