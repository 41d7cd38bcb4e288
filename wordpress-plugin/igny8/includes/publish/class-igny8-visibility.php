<?php
/**
 * What visitors are shown in the place of a post's text.
 *
 * @package IGNY8
 */

/**
 * Tells posts that a page builder shows its own way, and sites that show visitors a notice or keep search engines out.
 */
class IGNY8_Visibility {

	/**
	 * Page builders: meta key, what its value says of a post that is built, and whether its layout is kept in the text.
	 */
	const BUILDERS = array(
		array( 'Elementor', '_elementor_edit_mode', array( 'builder' ), false ),
		array( 'Beaver Builder', '_fl_builder_enabled', array( '1' ), false ),
		array( 'Bricks', '_bricks_page_content_2', null, false ),
		array( 'Bricks', '_bricks_page_content', null, false ),
		array( 'Oxygen', 'ct_builder_json', null, false ),
		array( 'Oxygen', '_ct_builder_json', null, false ),
		array( 'Oxygen', 'ct_builder_shortcodes', null, false ),
		array( 'Oxygen', '_ct_builder_shortcodes', null, false ),
		array( 'Oxygen', '_oxygen_data', null, false ),
		array( 'Breakdance', '_breakdance_data', null, false ),
		array( 'Breakdance', 'breakdance_data', null, false ),
		array( 'SiteOrigin Page Builder', 'panels_data', null, false ),
		array( 'Thrive Architect', 'tcb_editor_enabled', array( '1' ), false ),
		array( 'Thrive Architect', 'tve_updated_post', null, false ),
		array( 'Thrive Architect', 'tve_landing_page', null, false ),
		array( 'Brizy', 'brizy_post_uid', null, false ),
		array( 'Brizy', 'brizy_enabled', array( '1' ), false ),
		array( 'Zion Builder', '_zionbuilder_page_status', array( 'enabled' ), false ),
		array( 'Cornerstone', '_cornerstone_data', null, false ),
		array( 'Themify Builder', '_themify_builder_settings_json', null, false ),
		array( 'Live Composer', 'dslc_code', null, false ),
		array( 'Enfold', '_aviaLayoutBuilder_active', array( 'active' ), false ),
		array( 'BeTheme', 'mfn-page-items', null, false ),
		array( 'GoodLayers', 'gdlr-core-page-builder', null, false ),
		array( 'SeedProd', '_seedprod_page', array( '1' ), false ),
		array( 'Divi', '_et_pb_use_builder', array( 'on' ), true ),
		array( 'WPBakery', '_wpb_vc_js_status', array( 'true', '1' ), true ),
		array( 'Avada Builder', 'fusion_builder_status', array( 'active' ), true ),
		array( 'Visual Composer', '_vcv-be-editor', array( 'be', 'fe' ), true ),
		array( 'Visual Composer', 'vcv-pageContent', null, true ),
		array( 'Pagelayer', 'pagelayer-data', null, true ),
	);

	/**
	 * Values that say that WordPress's own text is shown, though what a builder made is kept: name, meta key, values.
	 */
	const SWITCHED_OFF = array(
		array( 'Bricks', '_bricks_editor_mode', array( 'wordpress' ) ), // phpcs:ignore WordPress.WP.CapitalPDangit.MisspelledInText -- it is Bricks's value.
		array( 'Thrive Architect', 'tcb_editor_disabled', array( '1' ) ),
		array( 'Thrive Architect', 'tcb_editor_enabled', array( '0' ) ),
		array( 'Brizy', 'brizy_enabled', array( '', '0' ) ),
		array( 'Cornerstone', '_cornerstone_override', array( '1' ) ),
		array( 'Visual Composer', '_vcv-be-editor', array( 'classic', 'gutenberg' ) ),
	);

	/**
	 * The page builder that a post was built with.
	 *
	 * @param int $post_id Post.
	 * @return array{0:string,1:bool}|null Its name, and whether its layout is kept in the text; null for none.
	 */
	public static function builder( $post_id ) {
		$meta = (array) get_post_meta( $post_id );
		foreach ( self::BUILDERS as list( $name, $key, $values, $in_text ) ) {
			$value = isset( $meta[ $key ][0] ) ? (string) $meta[ $key ][0] : '';
			$built = null === $values ? ! in_array( $value, array( '', '0', '[]', '{}', 'a:0:{}', 'YTowOnt9', 'null', 'false' ), true ) : in_array( $value, $values, true );
			if ( $built && ! self::is_off( $name, $meta ) ) {
				return array( $name, $in_text );
			}
		}
		return null;
	}

	/**
	 * Whether what a builder made is kept, but WordPress's own text is shown.
	 *
	 * @param string                 $builder Its name.
	 * @param array<string,string[]> $meta    Meta of the post.
	 * @return bool
	 */
	private static function is_off( $builder, $meta ) {
		foreach ( self::SWITCHED_OFF as list( $name, $key, $values ) ) {
			if ( $builder === $name && isset( $meta[ $key ][0] ) && in_array( (string) $meta[ $key ][0], $values, true ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * What to say of a post that was built with a page builder.
	 *
	 * @param int $post_id Post.
	 * @return string A sentence, or empty.
	 */
	public static function builder_warning( $post_id ) {
		$builder = self::builder( $post_id );
		if ( null === $builder ) {
			return '';
		}
		if ( $builder[1] ) {
			/* translators: %1$s: name of a page builder. */
			return sprintf( __( 'The post was built with %1$s, which keeps its layout in the text: publishing replaces the layout, and what is sent may not be shown as it is here. Change the text in %1$s, or switch the post back to WordPress’s own editor first.', 'igny8' ), $builder[0] );
		}
		/* translators: %1$s: name of a page builder. */
		return sprintf( __( 'The post was built with %1$s, which shows visitors its own text: the text that is sent would not be shown. Title and SEO fields are. Change the text in %1$s, or switch the post back to WordPress’s own editor first.', 'igny8' ), $builder[0] );
	}

	/**
	 * What publishing makes of a post that visitors do not see.
	 *
	 * @param WP_Post $post Post that would be updated.
	 * @return array{0:string,1:string}|null Code and sentence; null where there is nothing to say.
	 */
	public static function status_warning( $post ) {
		switch ( $post->post_status ) {
			case 'future':
				/* translators: %s: date. */
				return array( 'POST_SCHEDULED_THERE', sprintf( __( 'WordPress has this scheduled for %s; publishing makes it live now.', 'igny8' ), get_the_date( 'j M Y', $post ) ) );
			case 'draft':
			case 'pending':
				return array( 'POST_NOT_PUBLIC', __( 'The post is not public in WordPress yet; publishing makes it live now.', 'igny8' ) );
			case 'private':
				return array( 'POST_PRIVATE', __( 'The post is private in WordPress and stays so: visitors are not shown it. Make it public in WordPress if they are to see it.', 'igny8' ) );
		}
		return null;
	}

	/**
	 * What shows visitors a “coming soon” page instead of posts.
	 *
	 * @param string $type     Post type.
	 * @param string $taxonomy Taxonomy, for the page of a term.
	 * @return string A sentence, or empty.
	 */
	public static function coming_soon( $type, $taxonomy ) {
		if ( class_exists( 'WooCommerce' ) && 'yes' === get_option( 'woocommerce_coming_soon' ) ) {
			$shop = IGNY8_Product::TYPE === $type || 0 === strpos( $taxonomy, 'product_' );
			if ( $shop || 'yes' !== get_option( 'woocommerce_store_pages_only' ) ) {
				return __( 'WooCommerce shows visitors a “Coming soon” page instead. Switch the site to Live in WooCommerce, Settings, Site visibility when it is to be seen.', 'igny8' );
			}
		}
		if ( defined( 'ELEMENTOR_VERSION' ) && '' !== (string) get_option( 'elementor_maintenance_mode_mode', '' ) ) {
			return __( 'Elementor shows visitors a “coming soon” or maintenance page instead. Switch it off in Elementor, Tools, Maintenance Mode when the site is to be seen.', 'igny8' );
		}
		if ( self::seedprod() ) {
			return __( 'SeedProd shows visitors a “coming soon” or maintenance page instead. Switch it off in SeedProd when the site is to be seen.', 'igny8' );
		}
		if ( 'true' === get_option( 'nfd_coming_soon' ) || 'true' === get_option( 'mm_coming_soon' ) ) {
			return __( 'The host’s plugin shows visitors a “coming soon” page instead. Switch it off in its settings when the site is to be seen.', 'igny8' );
		}
		return '';
	}

	/**
	 * Whether SeedProd shows its page.
	 *
	 * @return bool
	 */
	private static function seedprod() {
		if ( ! defined( 'SEEDPROD_VERSION' ) && ! defined( 'SEEDPROD_PRO_VERSION' ) ) {
			return false;
		}
		$settings = get_option( 'seedprod_settings' );
		$settings = is_string( $settings ) ? json_decode( $settings, true ) : $settings;
		return is_array( $settings ) && ( ! empty( $settings['enable_coming_soon_mode'] ) || ! empty( $settings['enable_maintenance_mode'] ) );
	}
}
