<?php
/**
 * The menu of a planned site in themes that are made of blocks.
 *
 * @package IGNY8
 */

/**
 * Shows a menu of ours as a navigation, which is a post: such themes have no place for a menu, and their header shows the
 * navigation that was published last, unless somebody chose another one there.
 */
class IGNY8_Block_Menu {

	const TYPE = 'wp_navigation';

	/**
	 * Meta key: the hash of the blocks that were made.
	 */
	const MADE = '_igny8_navigation';

	/**
	 * Whether visitors get navigations instead of menus.
	 *
	 * @return bool
	 */
	public static function is_needed() {
		return function_exists( 'wp_is_block_theme' ) && wp_is_block_theme() && post_type_exists( self::TYPE );
	}

	/**
	 * Whether nobody edited the navigation of a menu since it was made.
	 *
	 * @param WP_Term $menu Menu of ours.
	 * @return bool
	 */
	public static function is_as_made( $menu ) {
		$post = self::is_needed() ? self::post_of( $menu->slug ) : null;
		return null === $post || md5( $post->post_content ) === get_post_meta( $post->ID, self::MADE, true );
	}

	/**
	 * Shows a menu of ours, and no other of the planned site.
	 *
	 * @param WP_Term|null $menu   Menu, or null for none.
	 * @param string       $prefix Name that the menus of the planned site begin with.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	public static function show( $menu, $prefix ) {
		$own = null === $menu ? '' : $menu->slug;
		foreach ( self::posts() as $post ) {
			if ( 0 === strpos( $post->post_name, $prefix ) && $post->post_name !== $own ) {
				wp_delete_post( $post->ID, true );
			}
		}
		if ( null !== $menu && self::is_needed() && self::is_as_made( $menu ) ) {
			self::write( $menu, self::post_of( $own ) );
		}
	}

	/**
	 * Writes the navigation of a menu, unless it is so: titles and addresses of pages may have changed.
	 *
	 * @param WP_Term      $menu Menu.
	 * @param WP_Post|null $post Its navigation, or null.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	private static function write( $menu, $post ) {
		$blocks = self::blocks( $menu->term_id );
		if ( null !== $post && $blocks === $post->post_content ) {
			return;
		}
		$values = array(
			'post_type'    => self::TYPE,
			'post_status'  => 'publish',
			'post_title'   => wp_slash( $menu->name ),
			'post_name'    => $menu->slug,
			'post_content' => wp_slash( $blocks ),
			'meta_input'   => array( self::MADE => md5( $blocks ) ),
		);
		$done   = null === $post ? wp_insert_post( $values, true ) : wp_update_post( array( 'ID' => $post->ID ) + $values, true );
		if ( is_wp_error( $done ) ) {
			throw new IGNY8_Exception( 'MENU_FAILED', $done->get_error_message(), 500, 'commit' ); // phpcs:ignore WordPress.Security.EscapeOutput -- it is answered as JSON.
		}
	}

	/**
	 * The navigations of the site.
	 *
	 * @return WP_Post[]
	 */
	private static function posts() {
		return post_type_exists( self::TYPE ) ? get_posts(
			array(
				'post_type'        => self::TYPE,
				'post_status'      => 'publish',
				'numberposts'      => 200,
				'suppress_filters' => true,
			)
		) : array();
	}

	/**
	 * The navigation of this name.
	 *
	 * @param string $slug Slug.
	 * @return WP_Post|null
	 */
	private static function post_of( $slug ) {
		foreach ( self::posts() as $post ) {
			if ( $post->post_name === $slug ) {
				return $post;
			}
		}
		return null;
	}

	/**
	 * A menu as blocks.
	 *
	 * @param int $menu Menu.
	 * @return string
	 */
	private static function blocks( $menu ) {
		$below = array();
		foreach ( (array) wp_get_nav_menu_items( $menu ) as $item ) {
			$below[ (int) $item->menu_item_parent ][] = $item;
		}
		return self::blocks_below( 0, $below );
	}

	/**
	 * The items below one as blocks.
	 *
	 * @param int                     $above Item, 0 for the top.
	 * @param array<int,array<mixed>> $below Items by the one above.
	 * @return string
	 */
	private static function blocks_below( $above, $below ) {
		$blocks = '';
		foreach ( isset( $below[ $above ] ) ? $below[ $above ] : array() as $item ) {
			$is_page = 'post_type' === $item->type;
			$link    = array(
				'label'          => esc_html( $item->title ),
				'type'           => $is_page ? 'page' : 'custom',
				'url'            => (string) $item->url,
				'kind'           => $is_page ? 'post-type' : 'custom',
				'isTopLevelLink' => 0 === $above,
			);
			if ( $is_page ) {
				$link['id'] = (int) $item->object_id;
			}
			$inner   = self::blocks_below( (int) $item->db_id, $below );
			$blocks .= get_comment_delimited_block_content( '' === $inner ? 'core/navigation-link' : 'core/navigation-submenu', $link, $inner );
		}
		return $blocks;
	}
}
