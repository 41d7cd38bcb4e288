<?php
/**
 * What listens to what.
 *
 * @package IGNY8
 */

/**
 * Hooks the parts into WordPress. A visitor's page loads this class, the watcher, the head, the settings and the
 * content types, no more.
 */
class IGNY8_Plugin {

	const REST_NAMESPACE = 'igny8/v1';

	/**
	 * The cron event that sends what is due.
	 */
	const DRAIN = 'igny8_drain';

	/**
	 * Registers all hooks.
	 */
	public static function boot() {
		if ( self::is_app_request() ) {
			// What others print from now on must not reach the answer, where PHP buffers nothing by itself.
			ob_start();
			// Widgets and web fonts are for pages; they take a quarter of a short request, and a publish is several.
			remove_action( 'init', 'wp_widgets_init', 1 );
			remove_action( 'after_setup_theme', '_wp_theme_json_webfonts_handler' );
			// Calling wp-cron.php takes 10 ms and more; the server does it once the answer is out.
			remove_action( 'init', 'wp_cron' );
			// A server's own password (HTTP Basic) arrives here too, and is no application password of WordPress.
			add_filter( 'application_password_is_api_request', '__return_false' );
		}
		add_action( 'init', array( __CLASS__, 'load_translations' ), 1 );
		add_action( 'init', array( 'IGNY8_Content_Types', 'register' ) );
		add_action( 'get_header', array( 'IGNY8_Head', 'watch' ), PHP_INT_MIN );
		add_action( 'wp_head', array( 'IGNY8_Head', 'watch' ), PHP_INT_MIN );
		add_action( 'wp_head', array( 'IGNY8_Head', 'print_marker' ), 1 );
		add_action( 'wp_head', array( 'IGNY8_Head', 'print_tags' ), PHP_INT_MAX );
		add_action( 'wp_head', array( 'IGNY8_Site_Style', 'print_styles' ), 20 );
		add_filter( 'block_editor_settings_all', array( 'IGNY8_Site_Style', 'in_editor' ) );
		add_filter( 'block_editor_settings_all', array( 'IGNY8_Site_Presets', 'in_editor' ) );
		add_filter( 'wp_theme_json_data_user', array( 'IGNY8_Site_Presets', 'in_theme_json' ) );
		foreach ( array( 'activated_plugin', 'deactivated_plugin', 'switch_theme' ) as $action ) {
			add_action( $action, array( 'IGNY8_Other_Seo', 'forget_seen' ) );
		}
		add_filter( 'pre_get_document_title', array( 'IGNY8_Head', 'document_title' ), 20 );
		add_filter( 'get_canonical_url', array( 'IGNY8_Head', 'canonical_url' ), 20, 2 );

		IGNY8_Watcher::listen();
		add_filter( 'cron_schedules', array( 'IGNY8_Outbox_Sender', 'add_schedule' ) ); // phpcs:ignore WordPress.WP.CronInterval -- changes are to arrive within a minute.
		add_action( self::DRAIN, array( 'IGNY8_Outbox_Sender', 'drain_by_cron' ) );
		if ( self::may_drain() ) {
			add_action( 'shutdown', array( 'IGNY8_Outbox_Sender', 'at_shutdown' ), PHP_INT_MAX );
		}

		add_action( 'rest_api_init', array( 'IGNY8_Routes', 'register' ), 1 );
		add_action( 'admin_post_igny8', array( 'IGNY8_Server', 'handle_admin_post' ) );
		add_action( 'admin_post_nopriv_igny8', array( 'IGNY8_Server', 'handle_admin_post' ) );

		add_action( 'wp_initialize_site', array( 'IGNY8_Tables', 'initialize_site' ), 20 );
		add_filter( 'wpmu_drop_tables', array( 'IGNY8_Tables', 'names_to_drop' ), 10, 2 );

		// Site Health's tests run through REST and cron too.
		add_filter( 'site_status_tests', array( 'IGNY8_Site_Health', 'add_tests' ) );
		add_filter( 'debug_information', array( 'IGNY8_Site_Health', 'add_information' ) );

		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			WP_CLI::add_command( 'igny8', 'IGNY8_Cli' );
		}

		if ( is_admin() ) {
			add_action( 'admin_menu', array( 'IGNY8_Dashboard_Page', 'add_menu' ) );
			add_action( 'admin_menu', array( 'IGNY8_Settings_Page', 'add_menu' ) );
			add_action( 'admin_init', array( 'IGNY8_Privacy', 'add_policy_text' ) );
			add_action( 'admin_enqueue_scripts', array( 'IGNY8_Dashboard_Page', 'enqueue' ) );
			add_action( 'admin_init', array( 'IGNY8_Settings_Page', 'register' ) );
			add_action( 'admin_enqueue_scripts', array( 'IGNY8_Settings_Fields', 'enqueue' ) );
			add_action( 'admin_init', array( 'IGNY8_Tables', 'upgrade' ) );
			add_action( 'admin_init', array( 'IGNY8_Outbox_Sender', 'schedule' ) );
			add_action( 'admin_post_igny8_disconnect', array( 'IGNY8_Settings_Page', 'disconnect' ) );
			add_action( 'admin_post_igny8_check', array( 'IGNY8_Settings_Page', 'check' ) );
			add_filter( 'plugin_action_links_' . plugin_basename( IGNY8_FILE ), array( 'IGNY8_Settings_Page', 'action_links' ) );
		}
	}

	/**
	 * Loads the translations that come with the plugin.
	 */
	public static function load_translations() {
		load_plugin_textdomain( 'igny8', false, dirname( plugin_basename( IGNY8_FILE ) ) . '/languages' );
	}

	/**
	 * Whether this request may send at its end what is due: nobody waits for it then, and it is not the app's own.
	 *
	 * @return bool
	 */
	private static function may_drain() {
		if ( self::is_app_request() || wp_doing_cron() || 'cli' === PHP_SAPI ) {
			return false;
		}
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- only looked at.
		$heartbeat = wp_doing_ajax() && isset( $_POST['action'] ) && 'heartbeat' === $_POST['action'];
		return $heartbeat || function_exists( 'fastcgi_finish_request' ) || function_exists( 'litespeed_finish_request' );
	}

	/**
	 * Whether the app asks, by an address that never shows a page.
	 *
	 * @return bool
	 */
	private static function is_app_request() {
		// phpcs:disable WordPress.Security -- only looked at, and every request is verified by its signature later.
		$path  = isset( $_SERVER['REQUEST_URI'] ) ? (string) strtok( $_SERVER['REQUEST_URI'], '?' ) : '';
		$route = isset( $_GET['rest_route'] ) && is_string( $_GET['rest_route'] ) ? $_GET['rest_route'] : '';
		return false !== strpos( $path, '/wp-json/' . self::REST_NAMESPACE . '/' )
			|| 0 === strpos( $route, '/' . self::REST_NAMESPACE . '/' )
			|| ( isset( $_GET['igny8_route'] ) && '/admin-post.php' === substr( $path, -15 ) );
		// phpcs:enable WordPress.Security
	}
}
