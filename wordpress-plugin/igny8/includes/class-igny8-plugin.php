<?php
/**
 * What listens to what.
 *
 * @package IGNY8
 */

/**
 * Hooks the parts into WordPress. A visitor's page loads this class, the head and the content types, no more.
 */
class IGNY8_Plugin {

	/**
	 * Registers all hooks.
	 */
	public static function boot() {
		add_action( 'init', array( 'IGNY8_Content_Types', 'register' ) );
		add_action( 'wp_head', array( 'IGNY8_Head', 'print_tags' ), 1 );
		add_filter( 'pre_get_document_title', array( 'IGNY8_Head', 'document_title' ), 20 );
		add_filter( 'get_canonical_url', array( 'IGNY8_Head', 'canonical_url' ), 20, 2 );

		add_action( 'rest_api_init', array( 'IGNY8_Server', 'register_rest_routes' ), 1 );
		add_action( 'admin_post_igny8', array( 'IGNY8_Server', 'handle_admin_post' ) );
		add_action( 'admin_post_nopriv_igny8', array( 'IGNY8_Server', 'handle_admin_post' ) );

		add_action( 'wp_initialize_site', array( 'IGNY8_Tables', 'initialize_site' ), 20 );
		add_filter( 'wpmu_drop_tables', array( 'IGNY8_Tables', 'names_to_drop' ), 10, 2 );

		if ( is_admin() ) {
			add_action( 'admin_menu', array( 'IGNY8_Settings_Page', 'add_menu' ) );
			add_action( 'admin_init', array( 'IGNY8_Settings_Page', 'register' ) );
			add_action( 'admin_init', array( 'IGNY8_Tables', 'upgrade' ) );
			add_action( 'admin_post_igny8_disconnect', array( 'IGNY8_Settings_Page', 'disconnect' ) );
			add_action( 'admin_post_igny8_check', array( 'IGNY8_Settings_Page', 'check' ) );
			add_filter( 'plugin_action_links_' . plugin_basename( IGNY8_FILE ), array( 'IGNY8_Settings_Page', 'action_links' ) );
		}
	}
}
